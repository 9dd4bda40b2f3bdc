/* Every combination of the parameters' levels, once: W&B's order, or shuffled by the
 * seed. */
#include <hone/strategy.h>

#include <string.h>

#include "search/walk.h"

#include "base/banned.h"

typedef struct grid_search {
    hone_walk walk;
} grid_search;

static hone_walk_order read_order(const hone_settings *settings)
{
    for (uint32_t i = 0; i < settings->n; i++) {
        if (strcmp(settings->items[i].name, "order") == 0 &&
            strcmp(settings->items[i].value.text, "shuffled") == 0) {
            return HONE_WALK_SHUFFLED;
        }
    }
    return HONE_WALK_SORTED;
}

static int init_grid(void *self, const hone_problem *problem,
                     const hone_settings *settings, hone_error *err)
{
    grid_search *search = self;
    hone_lattice *lattice = NULL;
    int code = hone_lattice_make(problem->space, HONE_AXES_LEVELS, &lattice, err);
    if (code == HONE_ELIMIT) { /* of the spec, as the core sees it */
        code = HONE_ESPEC;
        if (err) {
            err->code = code;
        }
    }
    if (code) {
        return code;
    }
    code = hone_walk_init(&search->walk, problem, lattice, read_order(settings),
                          HONE_WALK_STRAYS);
    return code ? hone_error_set(err, code, "out of memory for a configuration") : 0;
}

static hone_suggestion suggest_grid(const void *self, uint64_t number, hone_config *point)
{
    const grid_search *search = self;
    (void)number; /* the walk knows what was tried */
    return hone_walk_next(&search->walk, point) ? HONE_SUGGESTED : HONE_SUGGEST_DONE;
}

static int observe_grid(void *self, const hone_observation *observation)
{
    grid_search *search = self;
    return observation->kind == HONE_OBSERVE_PENDING
               ? hone_walk_observe(&search->walk, observation->config)
               : 0;
}

static uint64_t count_grid(const void *self)
{
    const grid_search *search = self;
    return hone_walk_count(&search->walk);
}

static void release_grid(void *self)
{
    grid_search *search = self;
    hone_walk_release(&search->walk);
}

static const hone_option options[] = {
    {.name = "order",
     .type = HONE_OPTION_CHOICE,
     .fallback = "sorted",
     .choices = "sorted|shuffled",
     .placeholder = "ORDER",
     .text =
         "In which order the points are tried: as W&B has it, or shuffled by the seed."},
    {.type = HONE_OPTION_END},
};

extern const hone_strategy hone_strategy_grid;
const hone_strategy hone_strategy_grid = {
    .name = "grid",
    .summary = "every combination of the parameters' values, once",
    .traits = HONE_STRATEGY_FINITE | HONE_STRATEGY_CONDITIONAL,
    .options = options,
    .state_size = sizeof(grid_search),
    .init = init_grid,
    .suggest = suggest_grid,
    .observe = observe_grid,
    .count = count_grid,
    .release = release_grid,
};
