import { observeGauge } from '@slipway/service';

type Labels = Readonly<Record<string, string>>;
export type LabelledValue = { readonly value: number; readonly attributes: Labels };

/**
 * A gauge whose sets of labels come and go. One that `read` gives no more is NaN: the last value of each set is shown for as long as
 * the process lives, and would stand there as if it were still so. In Prometheus `>= 0` leaves such series out; a sum with one is NaN.
 */
export function observeLabelledGauge(name: string, description: string, unit: string, read: () => readonly LabelledValue[]): () => void {
  const told = new Map<string, LabelledValue>();
  return observeGauge(name, description, unit, () => {
    for (const [key, { attributes }] of told) told.set(key, { value: Number.NaN, attributes });
    for (const known of read()) told.set(Object.values(known.attributes).join(' '), known);
    return [...told.values()];
  });
}
