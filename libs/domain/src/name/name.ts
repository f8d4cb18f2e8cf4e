import { accept, reject, type Decider } from '../decider.js';

/** A name within a domain, or a host name, that only one deployment may hold at a time. One stream per name. */
export type NameCommand =
  | { readonly type: 'ReserveName'; readonly deploymentId: string; readonly atMs: number }
  | { readonly type: 'ReleaseName'; readonly deploymentId: string; readonly atMs: number };

export type NameEvent =
  | { readonly type: 'NameReserved'; readonly deploymentId: string; readonly atMs: number }
  | { readonly type: 'NameReleased'; readonly deploymentId: string; readonly atMs: number };

export type NameRejection = { readonly type: 'NameTaken'; readonly deploymentId: string };

export type NameState = { readonly holder: string | null };

export const name: Decider<NameState, NameCommand, NameEvent, NameRejection> = {
  initialState: { holder: null },

  decide(command, { holder }) {
    const { deploymentId, atMs } = command;
    switch (command.type) {
      case 'ReserveName':
        if (holder === deploymentId) return accept();
        return holder === null
          ? accept({ type: 'NameReserved', deploymentId, atMs })
          : reject({ type: 'NameTaken', deploymentId: holder });
      case 'ReleaseName':
        return holder === deploymentId ? accept({ type: 'NameReleased', deploymentId, atMs }) : accept();
    }
  },

  evolve(_state, event) {
    switch (event.type) {
      case 'NameReserved':
        return { holder: event.deploymentId };
      case 'NameReleased':
        return { holder: null };
    }
  },
};
