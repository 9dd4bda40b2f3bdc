/* Means, standard errors, Student's t, Welch's test: see hone/stats.h. */
#include <hone/stats.h>

#include <assert.h>
#include <math.h>

#include "model/special.h"

#include "base/banned.h"

/* Neumaier's sum of what the scores are off `mean`: what is lost of the smaller term is
 * kept apart. */
static double sum_off(uint32_t n, const double *scores, double mean)
{
    double sum = 0, lost = 0;
    for (uint32_t i = 0; i < n; i++) {
        double term = scores[i] - mean, next = sum + term;
        lost += fabs(sum) >= fabs(term) ? (sum - next) + term : (term - next) + sum;
        sum = next;
    }
    return isfinite(sum) ? sum + lost : sum; /* of infinities nothing is lost */
}

hone_summary hone_summary_of(uint32_t n, const double *scores)
{
    hone_summary summary = {.n = n, .mean = (double)NAN, .variance = (double)NAN};
    if (n == 0)
        return summary;
    summary.mean = sum_off(n, scores, 0) / n;
    if (isfinite(summary.mean)) /* the quotient was rounded: six times 0.1 is 0.1 */
        summary.mean += sum_off(n, scores, summary.mean) / n;
    if (n < 2)
        return summary;
    double squares = 0, rest = 0;
    for (uint32_t i = 0; i < n; i++) {
        double off = scores[i] - summary.mean;
        squares += off * off;
        rest += off;
    }
    summary.variance = fmax(0, squares - rest * rest / n) / (n - 1);
    if (!isfinite(summary.mean))
        summary.variance = (double)NAN; /* fmax passes over NaN */
    return summary;
}

double hone_summary_se(const hone_summary *summary)
{
    return summary->n < 2 ? (double)NAN : sqrt(summary->variance / summary->n);
}

hone_interval hone_summary_interval(const hone_summary *summary)
{
    double se = hone_summary_se(summary);
    if (isnan(se))
        return (hone_interval){.low = (double)NAN, .high = (double)NAN};
    double half = se * hone_student_quantile(1 - HONE_SIGNIFICANCE / 2, summary->n - 1);
    return (hone_interval){.low = summary->mean - half, .high = summary->mean + half};
}

/* P(T > t) = I_x(df/2, 1/2) / 2 for t > 0, with x = df / (df + t^2). */
double hone_student_upper(double t, double df)
{
    assert(df > 0);
    if (isnan(t))
        return t;
    if (t < 0)
        return 1 - hone_student_upper(-t, df);
    if (t == 0)
        return 0.5;
    if (isinf(t))
        return 0;
    if (isinf(df))
        return erfc(t / sqrt(2)) / 2;
    return exp(hone_beta_log_cdf(log(df) - 2 * log(t), df / 2, 0.5)) / 2;
}

double hone_student_quantile(double p, double df)
{
    assert(p > 0 && p < 1 && df > 0);
    if (p < 0.5)
        return -hone_student_quantile(1 - p, df);
    if (isinf(df))
        return hone_normal_quantile(p);
    double tails = 2 * (1 - p); /* of both sides */
    if (tails < 0.5) {
        double x = hone_beta_quantile(tails, df / 2, 0.5);
        return sqrt(df * (1 - x) / x);
    }
    double y = hone_beta_quantile(1 - tails, 0.5, df / 2); /* 1 - x, near 0 */
    return sqrt(df * y / (1 - y));
}

hone_welch hone_welch_test(const hone_summary *a, const hone_summary *b)
{
    hone_welch test = {.t = (double)NAN,
                       .df = (double)NAN,
                       .greater = (double)NAN,
                       .differ = (double)NAN};
    if (a->n < 2 || b->n < 2 || !isfinite(a->mean) || !isfinite(b->mean) ||
        !isfinite(a->variance) || !isfinite(b->variance))
        return test;
    double u = a->variance / a->n, v = b->variance / b->n;
    double difference = a->mean - b->mean;
    if (u + v > 0) {
        double whole = u + v, x = u / whole, y = v / whole; /* squares shall not vanish */
        test.t = difference / sqrt(whole);
        test.df = 1 / (x * x / (a->n - 1) + y * y / (b->n - 1));
    } else {
        test.t = difference > 0   ? (double)INFINITY
                 : difference < 0 ? -(double)INFINITY
                                  : 0;
        test.df = (double)INFINITY;
    }
    test.greater = hone_student_upper(test.t, test.df);
    test.differ = 2 * hone_student_upper(fabs(test.t), test.df);
    return test;
}
