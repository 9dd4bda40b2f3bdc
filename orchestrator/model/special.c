/* Quantiles of the normal and beta distributions, and rounding to decimal digits.
 *
 * The beta quantile solves ln I_x(a,b) = ln p in t = logit(x): there the left side is
 * nearly a straight line on the side of small x, and neither end of (0,1) loses digits.
 * p above one half is solved from the other end. Newton's step is taken while it stays
 * inside the bracket, which every evaluation narrows; else the bracket is halved. */
#include "model/special.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/banned.h"

enum { QUOTIENT_TERMS = 8 };

/* The value at r of the quotient of two polynomials, coefficients from the constant up.
 */
static double evaluate_quotient(const double above[static QUOTIENT_TERMS],
                                const double below[static QUOTIENT_TERMS], double r)
{
    double numerator = 0, denominator = 0;
    for (int i = QUOTIENT_TERMS - 1; i >= 0; i--) {
        numerator = numerator * r + above[i];
        denominator = denominator * r + below[i];
    }
    return numerator / denominator;
}

double hone_normal_quantile(double p)
{
    static const double a[] = {3.3871328727963666080e0,  1.3314166789178437745e+2,
                               1.9715909503065514427e+3, 1.3731693765509461125e+4,
                               4.5921953931549871457e+4, 6.7265770927008700853e+4,
                               3.3430575583588128105e+4, 2.5090809287301226727e+3};
    static const double b[] = {1.0,
                               4.2313330701600911252e+1,
                               6.8718700749205790830e+2,
                               5.3941960214247511077e+3,
                               2.1213794301586595867e+4,
                               3.9307895800092710610e+4,
                               2.8729085735721942674e+4,
                               5.2264952788528545610e+3};
    static const double c[] = {1.42343711074968357734e0,  4.63033784615654529590e0,
                               5.76949722146069140550e0,  3.64784832476320460504e0,
                               1.27045825245236838258e0,  2.41780725177450611770e-1,
                               2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static const double d[] = {1.0,
                               2.05319162663775882187e0,
                               1.67638483018380384940e0,
                               6.89767334985100004550e-1,
                               1.48103976427480074590e-1,
                               1.51986665636164571966e-2,
                               5.47593808499534494600e-4,
                               1.05075007164441684324e-9};
    static const double e[] = {6.65790464350110377720e0,  5.46378491116411436990e0,
                               1.78482653991729133580e0,  2.96560571828504891230e-1,
                               2.65321895265761230930e-2, 1.24266094738807843860e-3,
                               2.71155556874348757815e-5, 2.01033439929228813265e-7};
    static const double f[] = {1.0,
                               5.99832206555887937690e-1,
                               1.36929880922735805310e-1,
                               1.48753612908506148525e-2,
                               7.86869131145613259100e-4,
                               1.84631831751005468180e-5,
                               1.42151175831644588870e-7,
                               2.04426310338993978564e-15};
    assert(p > 0 && p < 1);
    double q = p - 0.5;
    if (fabs(q) <= 0.425) {
        return q * evaluate_quotient(a, b, 0.180625 - q * q);
    }
    double r = sqrt(-log(q < 0 ? p : 1 - p));
    double x = r <= 5 ? evaluate_quotient(c, d, r - 1.6) : evaluate_quotient(e, f, r - 5);
    return q < 0 ? -x : x;
}

/* ln(x) for x = 1 / (1 + exp(-t)). */
static double log_of_logit(double t)
{
    return t > 0 ? -log1p(exp(-t)) : t - log1p(exp(t));
}

static double log_beta(double a, double b)
{
    int sign; /* lgamma() would leave it in a global */
    return lgamma_r(a, &sign) + lgamma_r(b, &sign) - lgamma_r(a + b, &sign);
}

/* The continued fraction 1/(1+ d1/(1+ d2/(1+ ...))) of DLMF 8.17.22. */
static double evaluate_fraction(double x, double a, double b)
{
    enum { TERMS = 100000 }; /* O(sqrt(max(a,b))) are needed */
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double value = d;
    for (int m = 1; m < TERMS; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 + even * d;
        c = 1 + even / c;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        value *= d * c;
        d = 1 + odd * d;
        c = 1 + odd / c;
        d = 1 / (fabs(d) < tiny ? tiny : d);
        c = fabs(c) < tiny ? tiny : c;
        double factor = d * c;
        value *= factor;
        if (fabs(factor - 1) < 1e-16) {
            break;
        }
    }
    return value;
}

double hone_beta_log_cdf(double t, double a, double b)
{
    assert(a > 0 && b > 0);
    double log_x = log_of_logit(t), log_y = log_of_logit(-t);
    double front = a * log_x + b * log_y - log_beta(a, b);
    double x = exp(log_x);
    if (x < (a + 1) / (a + b + 2)) {
        return fmin(0, front - log(a) + log(evaluate_fraction(x, a, b)));
    }
    double rest = exp(front - log(b)) * evaluate_fraction(exp(log_y), b, a);
    return rest < 1 ? log1p(-rest) : -INFINITY;
}

/* The logit of the quantile, for log_p at or below ln(1/2). */
static double solve_logit(double log_p, double a, double b)
{
    double low = -745, high = 745; /* exp(-745) is the least double */
    double t = fmin(fmax((log_p + log(a) + log_beta(a, b)) / a, low), high);
    for (int i = 0; i < 200; i++) {
        double value = hone_beta_log_cdf(t, a, b);
        if (value < log_p) {
            low = t;
        } else {
            high = t;
        }
        /* d ln I / dt = x^a (1-x)^b / (B(a,b) I) */
        double slope =
            exp(a * log_of_logit(t) + b * log_of_logit(-t) - log_beta(a, b) - value);
        double next = t - (value - log_p) / slope;
        if (!(next > low && next < high)) {
            next = low + (high - low) / 2;
        }
        if (fabs(next - t) <= 1e-15 * fmax(1, fabs(t))) {
            return next;
        }
        t = next;
    }
    return t;
}

double hone_beta_quantile(double p, double a, double b)
{
    assert(p >= 0 && p <= 1 && a >= 0 && b >= 0);
    if (a == 0 || b == 0) {
        bool upper = a > 0 || (b == 0 && p > 0.5);
        return upper ? 1 : 0;
    }
    if (p == 0 || p == 1) {
        return p;
    }
    if (p <= 0.5) {
        return exp(log_of_logit(solve_logit(log(p), a, b)));
    }
    return exp(log_of_logit(-solve_logit(log1p(-p), b, a)));
}

double hone_round_digits(double real, int digits)
{
    assert(digits >= 1 && digits <= 17);
    if (!isfinite(real)) {
        return real;
    }
    /* Written and read under the same locale, whichever that is. */
    char text[40];
    snprintf(text, sizeof text, "%.*e", digits - 1, real);
    return strtod(text, NULL);
}
