/* The lists of strategies, schedulers and promoters, and the look-up by name. */
#include <hone/promoter.h>
#include <hone/scheduler.h>
#include <hone/strategy.h>

#include <string.h>

#include "base/banned.h"

#define STRATEGY(name) extern const hone_strategy hone_strategy_##name;
#include "strategies.def"
#undef STRATEGY

const hone_strategy *hone_strategy_at(uint32_t i)
{
    static const hone_strategy *const strategies[] = {
#define STRATEGY(name) &hone_strategy_##name,
#include "strategies.def"
#undef STRATEGY
    };
    return i < sizeof strategies / sizeof strategies[0] ? strategies[i] : NULL;
}

const hone_strategy *hone_strategy_find(const char *name)
{
    const hone_strategy *strategy;
    for (uint32_t i = 0; (strategy = hone_strategy_at(i)) != NULL; i++) {
        if (strcmp(strategy->name, name) == 0) {
            return strategy;
        }
    }
    return NULL;
}

#define SCHEDULER(name) extern const hone_scheduler hone_scheduler_##name;
#include "schedulers.def"
#undef SCHEDULER

const hone_scheduler *hone_scheduler_at(uint32_t i)
{
    static const hone_scheduler *const schedulers[] = {
#define SCHEDULER(name) &hone_scheduler_##name,
#include "schedulers.def"
#undef SCHEDULER
    };
    return i < sizeof schedulers / sizeof schedulers[0] ? schedulers[i] : NULL;
}

const hone_scheduler *hone_scheduler_find(const char *name)
{
    const hone_scheduler *scheduler;
    for (uint32_t i = 0; (scheduler = hone_scheduler_at(i)) != NULL; i++) {
        if (strcmp(scheduler->name, name) == 0)
            return scheduler;
    }
    return NULL;
}

#define PROMOTER(name) extern const hone_promoter hone_promoter_##name;
#include "promoters.def"
#undef PROMOTER

const hone_promoter *hone_promoter_at(uint32_t i)
{
    static const hone_promoter *const promoters[] = {
#define PROMOTER(name) &hone_promoter_##name,
#include "promoters.def"
#undef PROMOTER
    };
    return i < sizeof promoters / sizeof promoters[0] ? promoters[i] : NULL;
}

const hone_promoter *hone_promoter_find(const char *name)
{
    const hone_promoter *promoter;
    for (uint32_t i = 0; (promoter = hone_promoter_at(i)) != NULL; i++) {
        if (strcmp(promoter->name, name) == 0)
            return promoter;
    }
    return NULL;
}
