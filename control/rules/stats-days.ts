/** How far back the figures beside a rule reach. */
export const statsDays = 30;
