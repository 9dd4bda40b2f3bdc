/* The list of strategies, and the look-up by name. */
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
