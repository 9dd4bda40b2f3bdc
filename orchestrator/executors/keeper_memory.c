/* The memory limit of an attempt.
 *
 * Where a control group can be made the kernel keeps the limit, exactly and at no cost.
 * Elsewhere the keeper looks at the whole tree: every LOOK_NS, sooner when it has more
 * than half of what it may have, and never so often that looking takes more than a
 * twentieth of a processor. First it adds up what is resident, which is quick and never
 * too little; only where that is above the limit does the exact sum decide, so that
 * workers which share their data are not counted many times over, nor files in memory.
 *
 * No resource limit on top: RLIMIT_AS and RLIMIT_DATA count what a program has reserved
 * and not what it uses, and CUDA, Java, Go and sanitizers reserve far more than that. So
 * without a control group a program can be above its limit for a tenth of a second. */
#include "executors/keeper_state.h"

#include "executors/tree.h"

#include "base/banned.h"

enum {
    LOOK_NS = 100000000,
    LOOK_SOON_NS = 10000000,
    COST_FACTOR = 20 /* a look that takes 1 ms is followed by 20 ms without one */
};

void hone_memory_begin(hone_keeper *keeper)
{
    hone_attempt *now = &keeper->now;
    keeper->look_ns = HONE_NO_DEADLINE;
    if (now->memory_max == 0)
        return;
    hone_group_probe(&keeper->group);
    if (keeper->group.state == HONE_GROUP_POSSIBLE &&
        hone_group_make(&keeper->group, now->memory_max))
        return;
    keeper->look_ns = now->started_ns + LOOK_SOON_NS;
}

void hone_memory_enter(hone_keeper *keeper)
{
    if (keeper->group.state != HONE_GROUP_MADE || hone_group_enter(&keeper->group))
        return;
    hone_group_remove(&keeper->group);
    keeper->look_ns = keeper->now.started_ns + LOOK_SOON_NS;
}

void hone_memory_leave(hone_keeper *keeper)
{
    /* Where it cannot go home it is ended with its attempt, and its slot gets another. */
    if (keeper->group.state == HONE_GROUP_MADE)
        (void)!hone_group_leave(&keeper->group);
}

bool hone_memory_exceeded(hone_keeper *keeper)
{
    hone_attempt *now = &keeper->now;
    int64_t before = hone_keeper_clock();
    uint64_t used = hone_tree_memory(HONE_TREE_RESIDENT);
    if (used > now->memory_max)
        used = hone_tree_memory(HONE_TREE_OWN);
    int64_t after = hone_keeper_clock();
    int64_t wait = used > now->memory_max / 2 ? LOOK_SOON_NS : LOOK_NS;
    int64_t cost = (after - before) * COST_FACTOR;
    keeper->look_ns = after + (cost > wait ? cost : wait);
    if (used <= now->memory_max)
        return false;
    if (now->cause == HONE_END_ITSELF)
        now->memory = used;
    return true;
}

bool hone_memory_end(hone_keeper *keeper)
{
    hone_attempt *now = &keeper->now;
    bool limited = hone_group_oom_kills(&keeper->group) > 0;
    keeper->look_ns = HONE_NO_DEADLINE;
    if (limited) {
        now->memory = hone_group_peak(&keeper->group);
        if (now->memory < now->memory_max)
            now->memory = now->memory_max;
    }
    hone_group_remove(&keeper->group);
    return limited;
}
