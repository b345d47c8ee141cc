/** Where simulated cities lie, unless a plan says otherwise: Mulhouse. */
export const CITY = { latitude: 47.75, longitude: 7.34, timeZone: 'Europe/Paris' } as const;
