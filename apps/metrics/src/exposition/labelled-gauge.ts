import { observeGauge } from '@slipway/service';

type Labels = Readonly<Record<string, string>>;
export type LabelledValue = { readonly value: number; readonly attributes: Labels };

/**
 * A gauge whose sets of labels come and go. One that `read` gives no more is NaN, which is not shown: otherwise the last value of each
 * set would stand there for as long as the process lives, as if it were still so.
 */
export function observeLabelledGauge(name: string, description: string, unit: string, read: () => readonly LabelledValue[]): () => void {
  const told = new Map<string, LabelledValue>();
  return observeGauge(name, description, unit, () => {
    for (const [key, { attributes }] of told) told.set(key, { value: Number.NaN, attributes });
    for (const known of read()) told.set(Object.values(known.attributes).join(' '), known);
    return [...told.values()];
  });
}
