/* Special functions that the space needs: quantiles of the normal and beta distributions.
 * Pure, reentrant, independent of locale. */
#ifndef HONE_MODEL_SPECIAL_H
#define HONE_MODEL_SPECIAL_H

/* The standard normal quantile of p in (0,1); relative accuracy about 1e-16.
 * Wichura (1988), Algorithm AS 241: The percentage points of the normal distribution,
 * Applied Statistics 37, 477-484: PPND16. */
double hone_normal_quantile(double p);

/* The logarithm of the regularised incomplete beta function I_x(a,b), with x given by its
 * logit t = ln(x / (1-x)), so that both ends keep full precision; a, b > 0.
 * NIST Digital Library of Mathematical Functions, 8.17.22, by Lentz's method. */
double hone_beta_log_cdf(double t, double a, double b);

/* The quantile of Beta(a,b) at p in [0,1]; a, b >= 0, where 0 is the limit (all mass on
 * an end, half on each where both are 0). About 12 significant digits for a, b up to 1e4.
 */
double hone_beta_quantile(double p, double a, double b);

/* `real` rounded to `digits` (1..17) significant decimal digits, as the double nearest to
 * that decimal: 0.30000000000000004 to 12 digits is 0.3. NaN and infinities stay. */
double hone_round_digits(double real, int digits);

#endif
