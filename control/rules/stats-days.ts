/** Range of the figures beside a rule, in days. */
export const statsDays = 30;
