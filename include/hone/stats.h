/* What several scores of one configuration say: their mean, how sure it is, and whether
 * two configurations can be told apart. Pure. */
#ifndef HONE_STATS_H
#define HONE_STATS_H

#include <stdint.h>

#include <hone/error.h>

/* The significance at which differences are taken for real. */
#define HONE_SIGNIFICANCE 0.05

typedef struct hone_summary {
    uint32_t n;
    double mean;     /* NaN of no scores, and where one of them is NaN */
    double variance; /* of the sample (n - 1); NaN below two scores */
} hone_summary;

/* The sum is compensated (Neumaier 1974) and the mean corrected once; the variance taken
 * in a second pass and put right for the rounding of the mean (Chan, Golub, LeVeque 1983,
 * "Algorithms for computing the sample variance", The American Statistician 37, 242-247).
 */
HONE_API hone_summary hone_summary_of(uint32_t n, const double *scores);

/* The standard error of the mean; NaN below two scores. */
HONE_API double hone_summary_se(const hone_summary *summary);

/* The 95 % confidence interval of the mean by Student's t; both NaN below two scores. */
typedef struct hone_interval {
    double low, high;
} hone_interval;
HONE_API hone_interval hone_summary_interval(const hone_summary *summary);

/* P(T > t) of Student's t with df > 0 degrees of freedom (not only whole ones), by the
 * incomplete beta function: NIST Handbook of Mathematical Functions, 8.17; Student 1908,
 * "The probable error of a mean", Biometrika 6, 1-25. NaN of NaN. */
HONE_API double hone_student_upper(double t, double df);
/* The t with P(T <= t) = p, 0 < p < 1. */
HONE_API double hone_student_quantile(double p, double df);

/* Welch's test of two means whose variances may differ (Welch 1947, "The generalization
 * of Student's problem when several different population variances are involved",
 * Biometrika 34, 28-35), with the degrees of freedom of Satterthwaite 1946 ("An
 * approximate distribution of estimates of variance components", Biometrics Bulletin 2,
 * 110-114). Where neither sample varies t is 0 or infinite, and df infinite. */
typedef struct hone_welch {
    double t;       /* positive where the first mean is the greater; NaN: cannot be told,
                       below two scores or with one that is not finite */
    double df;      /* likewise */
    double greater; /* P that the first mean seems so much greater by chance */
    double differ;  /* P that they seem so different by chance; two-sided */
} hone_welch;
HONE_API hone_welch hone_welch_test(const hone_summary *a, const hone_summary *b);

#endif
