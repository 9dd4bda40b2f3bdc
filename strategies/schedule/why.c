#include "schedule/why.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/banned.h"

void hone_ruling_lost(hone_ruling *ruling, const hone_watch *watch, const hone_loss *loss)
{
    double sign = watch->maximize ? -1 : 1;
    ruling->kind = HONE_RULING_STOP;
    snprintf(ruling->why, sizeof(ruling->why),
             "%.6g at step %.6g is worse than %.6g, %s of %" PRIu64 " value%s",
             sign * loss->value + 0.0, loss->step, sign * loss->limit + 0.0,
             loss->limit_name, loss->n, loss->n == 1 ? "" : "s");
}

void hone_ruling_not_a_number(hone_ruling *ruling, double step)
{
    ruling->kind = HONE_RULING_STOP;
    snprintf(ruling->why, sizeof(ruling->why), "nan at step %.6g is no number", step);
}

void hone_limit_name(double eta, size_t size, char text[])
{
    static const char *const words[] = {"half", "third", "quarter"};
    if (eta == 2 || eta == 3 || eta == 4)
        snprintf(text, size, "the best %s", words[(int)eta - 2]);
    else
        snprintf(text, size, "the best 1/%.6g", eta);
}
