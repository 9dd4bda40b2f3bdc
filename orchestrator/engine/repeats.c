#include "engine/repeats.h"

#include <assert.h>
#include <math.h>

/* By the test; where there is nothing to test with nobody has lost. */
static bool has_lost(const hone_contest *contest, const hone_summary *trial)
{
    if (!isfinite(trial->mean))
        return true;
    const hone_summary *best = &contest->best;
    hone_welch test =
        contest->maximize ? hone_welch_test(best, trial) : hone_welch_test(trial, best);
    return test.greater < HONE_SIGNIFICANCE; /* false where it is NaN */
}

void hone_contest_enter(hone_contest *contest, uint64_t number, const hone_summary *other)
{
    const hone_summary *best = &contest->best;
    bool ahead = contest->maximize ? other->mean > best->mean : other->mean < best->mean;
    if (other->n < 2 || other->n < contest->rule->min || !isfinite(other->mean) ||
        (best->n > 0 && !ahead))
        return;
    contest->best = *other;
    contest->number = number;
}

hone_repeats_next hone_repeats_after(const hone_contest *contest,
                                     const hone_summary *trial)
{
    const hone_repeats *rule = contest->rule;
    assert(trial->n > 0);
    if (trial->n >= rule->max)
        return HONE_REPEATS_DONE;
    if (!rule->race || trial->n < rule->min)
        return HONE_REPEATS_MORE;
    return has_lost(contest, trial) ? HONE_REPEATS_BEHIND : HONE_REPEATS_MORE;
}
