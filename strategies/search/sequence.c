#include "search/sequence.h"

#include <assert.h>
#include <stdlib.h>

#include "base/banned.h"

enum { NO_DIMENSION = UINT32_MAX };

static uint32_t fill_dimensions(uint32_t *dimensions, const hone_space *space)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < space->n; i++) {
        bool varies = hone_param_support(&space->params[i]) > 1;
        dimensions[i] = varies ? n++ : NO_DIMENSION;
    }
    return n;
}

int hone_sequence_init(hone_sequence *sequence, const hone_problem *problem,
                       uint32_t most, const char *name, hone_error *err)
{
    const hone_space *space = problem->space;
    sequence->seed = problem->seed;
    int code = hone_sampler_init(&sequence->sampler, problem, err);
    if (code)
        return code;
    sequence->dimensions = calloc(space->n + (size_t)1, sizeof *sequence->dimensions);
    sequence->scratch = calloc(1, hone_config_size(space));
    if (sequence->dimensions == NULL || sequence->scratch == NULL)
        return hone_error_set(err, HONE_ENOMEM, "out of memory for %u parameters",
                              space->n);
    sequence->n = fill_dimensions(sequence->dimensions, space);
    if (sequence->n > most)
        return hone_error_set(err, HONE_ESPEC,
                              "%u parameters vary; %s has at most %u dimensions, use "
                              "method random",
                              sequence->n, name, most);
    return 0;
}

static double get_coordinate(const void *arg, uint64_t at, uint32_t param)
{
    const hone_sequence *sequence = arg;
    uint32_t dimension = sequence->dimensions[param];
    if (dimension == NO_DIMENSION)
        return 0;
    double u = sequence->coordinate(sequence, (uint32_t)at, dimension);
    assert(u >= 0 && u < 1);
    return u;
}

/* The next point and its index; without one the sequence's end. */
static hone_suggestion find_point(const hone_sequence *sequence, hone_config *point,
                                  uint64_t *at)
{
    hone_draws draws = {.coordinate = get_coordinate,
                        .arg = sequence,
                        .first = sequence->cursor,
                        .end = HONE_SEQUENCE_END};
    return hone_sampler_find(&sequence->sampler, &draws, point, at);
}

hone_suggestion hone_sequence_suggest(const void *self, uint64_t number,
                                      hone_config *point)
{
    (void)number; /* the cursor knows */
    uint64_t at;
    return find_point(self, point, &at);
}

int hone_sequence_observe(void *self, const hone_observation *observation)
{
    hone_sequence *sequence = self;
    if (observation->kind != HONE_OBSERVE_PENDING)
        return 0;
    const hone_space *space = sequence->sampler.space;
    uint64_t at;
    if (find_point(sequence, sequence->scratch, &at) == HONE_SUGGESTED &&
        at < HONE_SEQUENCE_END) {
        hone_identity next = hone_config_identity(space, sequence->scratch);
        hone_identity seen = hone_config_identity(space, observation->config);
        if (next.low == seen.low && next.high == seen.high)
            sequence->cursor = at + 1;
    }
    return hone_sampler_observe(&sequence->sampler, observation->config);
}

uint64_t hone_sequence_count(const void *self)
{
    const hone_sequence *sequence = self;
    return hone_sampler_count(&sequence->sampler);
}

void hone_sequence_release(void *self)
{
    hone_sequence *sequence = self;
    hone_sampler_release(&sequence->sampler);
    free(sequence->dimensions);
    free(sequence->scratch);
}
