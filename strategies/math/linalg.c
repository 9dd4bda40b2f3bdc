/* Cholesky factors, solves and inverses of symmetric positive definite matrices. */
#include "math/linalg.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "base/banned.h"

enum { ROWS = 4 }; /* rows of U that one pass over the rest takes off */

/* y[i] -= a * x[i] */
static void subtract(double *restrict y, const double *restrict x, double a, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] -= a * x[i];
}

/* Four of them in one pass: memory is what limits here. */
static void subtract_rows(double *restrict y, const double *restrict x, size_t stride,
                          const double a[static ROWS], size_t n)
{
    const double *restrict x1 = x + stride, *restrict x2 = x1 + stride,
                           *restrict x3 = x2 + stride;
    double a0 = a[0], a1 = a[1], a2 = a[2], a3 = a[3];
    for (size_t i = 0; i < n; i++)
        y[i] -= a0 * x[i] + a1 * x1[i] + (a2 * x2[i] + a3 * x3[i]);
}

/* Row k of U, given that the rows before it are taken off. */
static bool finish_row(hone_triangle a, size_t k)
{
    double *row = a.at + k * a.stride;
    double pivot = row[k];
    if (!(pivot > 0) || !isfinite(pivot))
        return false;
    double root = sqrt(pivot), scale = 1 / root;
    row[k] = root;
    for (size_t j = k + 1; j < a.n; j++)
        row[j] *= scale;
    return true;
}

HONE_WIDE bool hone_cholesky(hone_triangle a)
{
    assert(a.stride >= a.n);
    for (size_t k = 0; k < a.n; k += ROWS) {
        size_t end = k + ROWS < a.n ? k + ROWS : a.n;
        for (size_t p = k; p < end; p++) {
            if (!finish_row(a, p))
                return false;
            const double *row = a.at + p * a.stride;
            for (size_t i = p + 1; i < end; i++)
                subtract(a.at + i * a.stride + i, row + i, row[i], a.n - i);
        }
        for (size_t i = end; i < a.n; i++) {
            const double *top = a.at + k * a.stride + i;
            const double by[ROWS] = {top[0], top[a.stride], top[2 * a.stride],
                                     top[3 * a.stride]};
            subtract_rows(a.at + i * a.stride + i, top, a.stride, by, a.n - i);
        }
    }
    return true;
}

double hone_cholesky_log_det(hone_triangle u)
{
    double sum = 0;
    for (size_t i = 0; i < u.n; i++)
        sum += log(u.at[i * u.stride + i]);
    return 2 * sum;
}

HONE_WIDE void hone_solve_lower(hone_triangle u, double *b)
{
    for (size_t k = 0; k < u.n; k++) {
        const double *row = u.at + k * u.stride;
        b[k] /= row[k];
        subtract(b + k + 1, row + k + 1, b[k], u.n - k - 1);
    }
}

/* Four partial sums: the order of additions is written down, not the compiler's. */
static double dot(const double *x, const double *y, size_t n)
{
    double part[4] = {0};
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        for (size_t k = 0; k < 4; k++)
            part[k] += x[i + k] * y[i + k];
    }
    for (; i < n; i++)
        part[0] += x[i] * y[i];
    return (part[0] + part[1]) + (part[2] + part[3]);
}

HONE_WIDE void hone_solve_upper(hone_triangle u, double *b)
{
    for (size_t k = u.n; k-- > 0;) {
        const double *row = u.at + k * u.stride;
        b[k] = (b[k] - dot(row + k + 1, b + k + 1, u.n - k - 1)) / row[k];
    }
}

/* Rows from..n-1 of the panel, whose rows before are 0. */
HONE_WIDE static void solve_panel_from(hone_triangle u, double *b, size_t from)
{
    for (size_t i = from; i < u.n; i++) {
        double sum[HONE_PANEL];
        double *row = b + i * HONE_PANEL;
        memcpy(sum, row, sizeof sum);
        for (size_t k = from; k < i; k++) {
            double by = u.at[k * u.stride + i];
            const double *above = b + k * HONE_PANEL;
            for (size_t c = 0; c < HONE_PANEL; c++)
                sum[c] -= by * above[c];
        }
        double scale = 1 / u.at[i * u.stride + i];
        for (size_t c = 0; c < HONE_PANEL; c++)
            row[c] = sum[c] * scale;
    }
}

void hone_solve_panel(hone_triangle u, double *b)
{
    solve_panel_from(u, b, 0);
}

/* V = U'^-1, lower triangular, by panels of columns; then A^-1 = V'V. */
HONE_WIDE void hone_cholesky_invert(hone_triangle u, hone_triangle inverse, double *work)
{
    size_t n = u.n, stride = u.stride;
    assert(inverse.n == n && inverse.stride == stride);
    for (size_t first = 0; first < n; first += HONE_PANEL) {
        /* The panel lies in the inverse's memory until it is moved to `work`. */
        size_t width = n - first < HONE_PANEL ? n - first : HONE_PANEL;
        double *panel = inverse.at;
        memset(panel, 0, n * HONE_PANEL * sizeof *panel);
        for (size_t c = 0; c < width; c++)
            panel[(first + c) * HONE_PANEL + c] = 1;
        solve_panel_from(u, panel, first);
        for (size_t i = 0; i < n; i++)
            memcpy(work + i * stride + first, panel + i * HONE_PANEL,
                   width * sizeof *panel);
    }
    for (size_t i = 0; i < n; i++)
        memset(inverse.at + i * stride, 0, n * sizeof *inverse.at);
    for (size_t k = 0; k < n; k++) {
        const double *row = work + k * stride;
        for (size_t i = 0; i <= k; i++)
            subtract(inverse.at + i * stride + i, row + i, -row[i], k + 1 - i);
    }
}
