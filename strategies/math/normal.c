/* Tails of the normal distribution. */
#include "math/normal.h"

#include <math.h>

#include "base/banned.h"

static const double LOG_ROOT_TAU = 0.91893853320467274178; /* log(2 pi) / 2 */
static const double ROOT_HALF_PI = 1.25331413731550025121; /* sqrt(pi / 2) */

/* Past 6 by its continued fraction (Abramowitz, Stegun 7.1.14), which 60 terms exhaust.
 */
double hone_erfcx(double x)
{
    if (x < 6)
        return exp(x * x) * erfc(x);
    double tail = x;
    for (int k = 60; k > 0; k--)
        tail = x + 0.5 * k / tail;
    return M_2_SQRTPI / 2 / tail;
}

double hone_log_normal_cdf(double z)
{
    if (z > -1)
        return log1p(-erfc(z * M_SQRT1_2) / 2);
    return log(hone_erfcx(-z * M_SQRT1_2) / 2) - z * z / 2;
}

double hone_log_improvement(double z)
{
    if (z > -1)
        return log(exp(-z * z / 2 - LOG_ROOT_TAU) + z * (1 - erfc(z * M_SQRT1_2) / 2));
    double q = 1 / (z * z), log_phi = -z * z / 2 - LOG_ROOT_TAU;
    if (z < -50) /* an asymptotic series: the other form loses digits as z^2 grows */
        return log_phi + log(q) + log1p(q * (-3 + q * (15 - 105 * q)));
    return log_phi + log1p(z * hone_erfcx(-z * M_SQRT1_2) * ROOT_HALF_PI);
}
