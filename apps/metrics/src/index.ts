/** The metrics service: what was counted and measured of each deployment. */
export {};
