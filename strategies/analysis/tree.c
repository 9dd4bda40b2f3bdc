/* Growing a regression tree.
 *
 * Nodes wait on a stack, the deepest first, so that it is never longer than the tree is
 * deep. A node has two ranges of `rows`: the trials that the tree is made of, and those
 * that were left out of it and only walk along to be foretold. For each axis that is
 * looked at the trials are counted into cells; the best border between cells that hold
 * trials splits the node, half-way through the empty cells between. */
#include "analysis/tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"
#include "math/philox.h"

enum { MAX_DEPTH = 62 };

static const double LEAST_GAIN = 1e-10; /* of a variance of 1 and a trial */

typedef struct range {
    uint32_t from, to;
} range;

struct hone_node {
    range seen, unseen;
    uint32_t depth;
};

/* What a cell, or a set of them, holds. */
typedef struct heap {
    double weight, sum;
    uint32_t n;
} heap;

typedef struct split {
    double gain; /* 0: none */
    uint32_t column;
    uint64_t left; /* cells */
} split;

int hone_grower_init(hone_grower *grower, const hone_binned *table, const double *y)
{
    size_t d = table->d;
    *grower = (hone_grower){.table = table, .y = y};
    grower->weights = calloc(table->n, sizeof(*grower->weights));
    grower->rows = calloc(table->n, sizeof(*grower->rows));
    grower->order = calloc(d + 1, sizeof(*grower->order));
    grower->nodes = calloc(MAX_DEPTH + 2, sizeof(*grower->nodes));
    grower->boxes = calloc((d + 1) * (MAX_DEPTH + 2), sizeof(*grower->boxes));
    grower->gains = calloc(d + 1, sizeof(*grower->gains));
    bool is_there = grower->gains != NULL && grower->weights != NULL &&
                    grower->rows != NULL && grower->order != NULL &&
                    grower->nodes != NULL && grower->boxes != NULL;
    for (uint32_t c = 0; is_there && c < d; c++)
        grower->order[c] = c;
    return is_there ? HONE_OK : HONE_ENOMEM;
}

void hone_grower_release(hone_grower *grower)
{
    free(grower->weights);
    free(grower->rows);
    free(grower->order);
    free(grower->nodes);
    free(grower->boxes);
    free(grower->gains);
    free(grower->leaves.boxes);
    free(grower->leaves.values);
    *grower = (hone_grower){0};
}

static int reserve_leaf(hone_leaves *leaves, size_t d)
{
    if (leaves->n < leaves->capacity)
        return HONE_OK;
    size_t capacity = leaves->capacity == 0 ? 64 : leaves->capacity * 2;
    uint64_t *boxes = realloc(leaves->boxes, capacity * (d + 1) * sizeof(*boxes));
    if (boxes == NULL)
        return HONE_ENOMEM;
    leaves->boxes = boxes;
    double *values = realloc(leaves->values, capacity * sizeof(*values));
    if (values == NULL)
        return HONE_ENOMEM;
    leaves->values = values;
    leaves->capacity = capacity;
    return HONE_OK;
}

static heap add_rows(const hone_grower *grower, range rows)
{
    heap all = {.n = rows.to - rows.from};
    for (uint32_t i = rows.from; i < rows.to; i++) {
        uint32_t row = grower->rows[i];
        all.weight += grower->weights[row];
        all.sum += grower->weights[row] * grower->y[row];
    }
    return all;
}

static int put_leaf(hone_grower *grower, const struct hone_node *node,
                    const uint64_t *box)
{
    size_t d = grower->table->d;
    hone_leaves *leaves = &grower->leaves;
    int rc = reserve_leaf(leaves, d);
    if (rc != HONE_OK)
        return rc;
    heap all = add_rows(grower, node->seen);
    double value = all.sum / all.weight;
    memcpy(leaves->boxes + leaves->n * d, box, d * sizeof(*box));
    leaves->values[leaves->n++] = value;
    if (grower->foretold.sums == NULL)
        return HONE_OK;
    for (uint32_t i = node->unseen.from; i < node->unseen.to; i++) {
        grower->foretold.sums[grower->rows[i]] += value;
        grower->foretold.counts[grower->rows[i]]++;
    }
    return HONE_OK;
}

/* Counts a node's trials into the cells of a column. Returns the set of cells that hold
 * some; 0 where a trial does not have the axis. */
static uint64_t fill_cells(const hone_grower *grower, range rows, uint32_t column,
                           heap cells[static HONE_CELLS])
{
    const uint8_t *at = grower->table->cells + column * grower->table->n;
    uint64_t full = 0;
    for (uint32_t i = rows.from; i < rows.to; i++) {
        uint32_t row = grower->rows[i];
        uint8_t b = at[row];
        if (b == HONE_NO_CELL)
            return 0;
        if ((full >> b & 1) == 0)
            cells[b] = (heap){0};
        full |= UINT64_C(1) << b;
        cells[b].weight += grower->weights[row];
        cells[b].sum += grower->weights[row] * grower->y[row];
        cells[b].n++;
    }
    return full;
}

/* The full cells in the order in which they are split: their own, or that of means. */
static uint32_t order_cells(const hone_column *column, uint64_t full, const heap *cells,
                            uint8_t order[static HONE_CELLS])
{
    uint32_t n = 0;
    for (uint64_t left = full; left != 0; left &= left - 1) {
        uint8_t b = (uint8_t)__builtin_ctzll(left);
        uint32_t at = n++;
        while (column->unordered && at > 0 &&
               cells[order[at - 1]].sum * cells[b].weight >
                   cells[b].sum * cells[order[at - 1]].weight) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = b;
    }
    return n;
}

/* All cells up to the middle between two full ones, a < b: so a is below 63. */
static uint64_t cells_below(uint8_t a, uint8_t b)
{
    assert(a < b && b < HONE_CELLS);
    uint32_t last = a + (uint32_t)(b - a - 1) / 2;
    return (UINT64_C(2) << last) - 1;
}

/* A node that looks for its split. */
typedef struct search {
    const struct hone_node *node;
    const uint64_t *box;
    heap all;
    uint32_t least;
    split best;
} search;

/* Tries every border of a column. False where the node has but one cell of it, or trials
 * without it. */
static bool try_column(const hone_grower *grower, search *at, uint32_t c)
{
    heap cells[HONE_CELLS];
    uint8_t order[HONE_CELLS];
    const hone_column *column = &grower->table->columns[c];
    uint64_t full = fill_cells(grower, at->node->seen, c, cells);
    if ((full & (full - 1)) == 0)
        return false;
    uint32_t n = order_cells(column, full, cells, order);
    heap left = {0};
    uint64_t set = 0;
    double base = at->all.sum * at->all.sum / at->all.weight;
    for (uint32_t k = 0; k + 1 < n; k++) {
        const heap *cell = &cells[order[k]];
        left.weight += cell->weight;
        left.sum += cell->sum;
        left.n += cell->n;
        set |= UINT64_C(1) << order[k];
        if (left.n < at->least || at->all.n - left.n < at->least)
            continue;
        double right = at->all.sum - left.sum;
        double gain = left.sum * left.sum / left.weight +
                      right * right / (at->all.weight - left.weight) - base;
        if (gain <= at->best.gain)
            continue;
        uint64_t below = column->unordered ? set : cells_below(order[k], order[k + 1]);
        /* Choices that no trial here had go with the larger part. */
        bool is_left_larger = left.n * 2 >= at->all.n;
        if (column->unordered && is_left_larger)
            below |= ~full;
        at->best = (split){.gain = gain, .column = c, .left = below & at->box[c]};
    }
    return true;
}

/* Looks at two of three axes, drawn anew, not counting those that cannot be split. */
static void find_split(const hone_grower *grower, search *at, const hone_tree_rule *rule,
                       uint32_t *n_drawn)
{
    uint32_t d = grower->table->d, tries = rule->number % 4 == 0 ? (2 * d + 2) / 3 : d;
    at->best.gain = LEAST_GAIN * at->all.weight;
    at->best.left = 0;
    for (uint32_t k = 0; k < d && tries > 0; k++) {
        hone_counter place = {.number = rule->number,
                              .stream = HONE_STREAM_FOREST,
                              .attempt = (*n_drawn)++};
        uint32_t other = k + (uint32_t)(hone_philox_uniform(rule->seed, place) * (d - k));
        uint32_t c = grower->order[other];
        grower->order[other] = grower->order[k];
        grower->order[k] = c;
        tries -= try_column(grower, at, c);
    }
}

/* Puts the rows of `left` in front; returns where the others begin. Rows without the axis
 * (they can only be unseen ones) go left. */
static uint32_t part_rows(hone_grower *grower, range rows, const split *best)
{
    const uint8_t *at = grower->table->cells + best->column * grower->table->n;
    uint32_t middle = rows.from;
    for (uint32_t i = rows.from; i < rows.to; i++) {
        uint32_t row = grower->rows[i];
        if (at[row] == HONE_NO_CELL || (best->left >> at[row] & 1) != 0) {
            grower->rows[i] = grower->rows[middle];
            grower->rows[middle++] = row;
        }
    }
    return middle;
}

/* Replaces the node on top of the stack by its two parts. */
static void part_node(hone_grower *grower, uint32_t top, const split *best)
{
    size_t d = grower->table->d;
    struct hone_node *node = &grower->nodes[top];
    uint64_t *box = grower->boxes + top * d;
    uint32_t seen = part_rows(grower, node->seen, best);
    uint32_t unseen = part_rows(grower, node->unseen, best);
    assert(seen > node->seen.from && seen < node->seen.to);
    node[1] = (struct hone_node){.seen = {node->seen.from, seen},
                                 .unseen = {node->unseen.from, unseen},
                                 .depth = node->depth + 1};
    memcpy(box + d, box, d * sizeof(*box));
    box[d + best->column] = best->left;
    node->seen.from = seen;
    node->unseen.from = unseen;
    node->depth++;
    box[best->column] &= ~best->left;
}

/* Puts the whole table on the stack. */
static void begin(hone_grower *grower)
{
    const hone_binned *table = grower->table;
    uint32_t n = (uint32_t)table->n, front = 0, back = n;
    for (uint32_t row = 0; row < n; row++) {
        if (grower->weights[row] > 0)
            grower->rows[front++] = row;
        else
            grower->rows[--back] = row;
    }
    assert(front == back && front > 0);
    grower->nodes[0] = (struct hone_node){.seen = {0, front}, .unseen = {front, n}};
    for (uint32_t c = 0; c < table->d; c++)
        grower->boxes[c] = hone_column_all(&table->columns[c]);
    grower->leaves.n = 0;
}

int hone_tree_grow(hone_grower *grower, const hone_tree_rule *rule)
{
    uint32_t n_nodes = 1, n_drawn = 0;
    int rc = HONE_OK;
    begin(grower);
    while (n_nodes > 0 && rc == HONE_OK) {
        uint32_t top = n_nodes - 1;
        const struct hone_node *node = &grower->nodes[top];
        search at = {.node = node,
                     .box = grower->boxes + top * (size_t)grower->table->d,
                     .all = add_rows(grower, node->seen),
                     .least = rule->least};
        if (at.all.n >= 2 * rule->least && node->depth < MAX_DEPTH)
            find_split(grower, &at, rule, &n_drawn);
        if (at.best.left != 0) {
            grower->gains[at.best.column] += at.best.gain;
            part_node(grower, top, &at.best);
            n_nodes++;
        } else {
            rc = put_leaf(grower, node, at.box);
            n_nodes--;
        }
    }
    return rc;
}
