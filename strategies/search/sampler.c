/* Draws from the unit cube under conditions and constraints, without repetition. */
#include "search/sampler.h"

#include <assert.h>
#include <stdlib.h>

#include "base/banned.h"

static bool is_finite(const hone_space *space)
{
    for (uint32_t i = 0; i < space->n; i++) {
        if (hone_param_support(&space->params[i]) == UINT64_MAX) {
            return false;
        }
    }
    return true;
}

int hone_sampler_init(hone_sampler *sampler, const hone_problem *problem, hone_error *err)
{
    const hone_space *space = problem->space;
    sampler->space = space;
    sampler->finite = is_finite(space);
    sampler->order = calloc(space->n + (size_t)1, sizeof *sampler->order);
    if (!sampler->order) {
        return hone_error_set(err, HONE_ENOMEM, "out of memory for %u parameters",
                              space->n);
    }
    int code = hone_space_order(space, sampler->order, err);
    if (code || !sampler->finite) {
        return code;
    }
    hone_lattice *lattice = NULL;
    hone_error detail = {0};
    code = hone_lattice_make(space, HONE_AXES_SUPPORT, &lattice, &detail);
    if (code &&
        code != HONE_ELIMIT) { /* too large a space is drawn from without a list */
        return hone_error_set(err, code, "%s", detail.text);
    }
    code = hone_walk_init(&sampler->walk, problem, lattice, HONE_WALK_SHUFFLED,
                          HONE_WALK_ALL);
    return code ? hone_error_set(err, code, "out of memory for a configuration") : 0;
}

void hone_sampler_release(hone_sampler *sampler)
{
    hone_walk_release(&sampler->walk);
    free(sampler->order);
    sampler->order = NULL;
}

uint64_t hone_sampler_count(const hone_sampler *sampler)
{
    return hone_walk_count(&sampler->walk);
}

int hone_sampler_observe(hone_sampler *sampler, const hone_config *config)
{
    return sampler->finite ? hone_walk_observe(&sampler->walk, config) : 0;
}

static void fill_point(const hone_sampler *sampler, const hone_draws *draws, uint64_t at,
                       hone_config *point)
{
    const hone_space *space = sampler->space;
    point->n = space->n;
    for (uint32_t k = 0; k < space->n; k++) {
        uint32_t i = sampler->order[k];
        point->values[i] =
            hone_param_active(space, i, point)
                ? hone_param_draw(&space->params[i], draws->coordinate(draws->arg, at, i))
                : (hone_value){.kind = HONE_ABSENT};
    }
}

hone_suggestion hone_sampler_find(const hone_sampler *sampler, const hone_draws *draws,
                                  hone_config *point, uint64_t *at)
{
    assert(draws->first <= draws->end);
    uint32_t n_rejected = 0, n_repeated = 0;
    /* Without a list to fall back on, repetitions are endured like broken constraints. */
    uint32_t most_repeated =
        sampler->walk.lattice ? HONE_SAMPLER_REPEATS : HONE_SAMPLER_REJECTIONS;
    for (*at = draws->first; *at < draws->end; ++*at) {
        fill_point(sampler, draws, *at, point);
        if (!hone_config_allowed(sampler->space, point)) {
            if (++n_rejected >= HONE_SAMPLER_REJECTIONS) {
                break;
            }
        } else if (sampler->finite && hone_walk_has(&sampler->walk, point)) {
            if (++n_repeated >= most_repeated) {
                break;
            }
        } else {
            return HONE_SUGGESTED;
        }
    }
    *at = draws->end;
    return hone_walk_next(&sampler->walk, point) ? HONE_SUGGESTED : HONE_SUGGEST_DONE;
}
