/* The order in which conditions can be decided: Kahn's topological sort that always takes
 * the parameter that comes first in the space, so that only what must move moves. */
#include <hone/space.h>

#include <assert.h>
#include <stdlib.h>

#include "base/banned.h"

/* Parameters whose clauses are all placed, as a binary heap with the least on top; and
 * for each parameter the list of those that wait for it. All arrays are one block each.
 */
typedef struct sorter {
    const hone_space *space;
    uint32_t *heap;
    uint32_t n_heap;
    uint32_t *missing;    /* per parameter: clauses not yet placed */
    uint32_t *start;      /* n + 1 of them: where its dependents begin */
    uint32_t *dependents; /* one per clause */
} sorter;

static void push_ready(sorter *sort, uint32_t param)
{
    uint32_t at = sort->n_heap++;
    while (at > 0 && sort->heap[(at - 1) / 2] > param) {
        sort->heap[at] = sort->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    sort->heap[at] = param;
}

static uint32_t pop_ready(sorter *sort)
{
    assert(sort->n_heap > 0);
    uint32_t least = sort->heap[0], moved = sort->heap[--sort->n_heap];
    uint32_t at = 0, child = 1;
    while (child < sort->n_heap) {
        if (child + 1 < sort->n_heap && sort->heap[child + 1] < sort->heap[child]) {
            child++;
        }
        if (moved <= sort->heap[child]) {
            break;
        }
        sort->heap[at] = sort->heap[child];
        at = child;
        child = 2 * at + 1;
    }
    sort->heap[at] = moved;
    return least;
}

static void fill_dependents(sorter *sort)
{
    const hone_space *space = sort->space;
    for (uint32_t i = 0; i < space->n; i++) {
        sort->missing[i] = space->params[i].n_clauses;
        for (uint32_t k = 0; k < space->params[i].n_clauses; k++) {
            assert(space->params[i].clauses[k].param < space->n);
            sort->start[space->params[i].clauses[k].param]++;
        }
    }
    uint32_t sum = 0;
    for (uint32_t i = 0; i <= space->n; i++) {
        sum += sort->start[i];
        sort->start[i] = sum; /* the end of the list; filling moves it to the start */
    }
    for (uint32_t i = space->n; i-- > 0;) {
        for (uint32_t k = 0; k < space->params[i].n_clauses; k++) {
            sort->dependents[--sort->start[space->params[i].clauses[k].param]] = i;
        }
    }
}

/* Names two parameters of a circle: from any unplaced one, n steps back end inside it. */
static int report_circle(const sorter *sort, hone_error *err)
{
    const hone_param *params = sort->space->params;
    uint32_t at = 0, before = 0;
    while (sort->missing[at] == 0) {
        at++;
    }
    for (uint32_t step = 0; step <= sort->space->n; step++) {
        uint32_t k = 0;
        while (sort->missing[params[at].clauses[k].param] == 0) {
            k++;
        }
        before = at;
        at = params[at].clauses[k].param;
    }
    return hone_error_set(
        err, HONE_ESPEC,
        "the conditions of %s and %s go in a circle; take one of them out",
        params[before].name, params[at].name);
}

int hone_space_order(const hone_space *space, uint32_t *order, hone_error *err)
{
    size_t n_clauses = 0;
    for (uint32_t i = 0; i < space->n; i++) {
        n_clauses += space->params[i].n_clauses;
    }
    uint32_t *block = calloc(3 * (size_t)space->n + 1 + n_clauses, sizeof *block);
    if (!block) {
        return hone_error_set(err, HONE_ENOMEM, "out of memory for %u parameters",
                              space->n);
    }
    sorter sort = {.space = space, .heap = block, .missing = block + space->n};
    sort.start = sort.missing + space->n;
    sort.dependents = sort.start + space->n + 1;
    fill_dependents(&sort);
    for (uint32_t i = 0; i < space->n; i++) {
        if (sort.missing[i] == 0) {
            push_ready(&sort, i);
        }
    }
    uint32_t n_placed = 0;
    while (sort.n_heap > 0) {
        uint32_t param = pop_ready(&sort);
        order[n_placed++] = param;
        for (uint32_t k = sort.start[param]; k < sort.start[param + 1]; k++) {
            if (--sort.missing[sort.dependents[k]] == 0) {
                push_ready(&sort, sort.dependents[k]);
            }
        }
    }
    int code = n_placed == space->n ? 0 : report_circle(&sort, err);
    free(block);
    return code;
}
