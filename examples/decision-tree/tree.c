/* A decision tree for two classes (CART; Breiman, Friedman, Olshen, Stone 1984), grown
 * one level at a time; after each level the errors on both sets are printed:
 *
 *   depth 3 train_error=0.211 validation_error=0.255
 *
 * usage: tree --depth N --leaf N --criterion gini|entropy TRAIN VALIDATION */
#include "../fann_data.h"

#include <math.h>
#include <string.h>

enum { MAX_NODES = 4096 };

struct node {
    int feature; /* -1: a leaf */
    double limit;
    int below;    /* child where x[feature] <= limit; above is below + 1 */
    double share; /* of class 1 among the rows that came here */
};

struct tree {
    struct node nodes[MAX_NODES];
    int n;
    int *at; /* the node in which each row of the training set is */
};

struct options {
    int depth, leaf, entropy;
};

static double impurity(double ones, double n, const struct options *options)
{
    double p = ones / n;

    if (!options->entropy)
        return n * 2 * p * (1 - p);
    return p <= 0 || p >= 1 ? 0 : n * -(p * log2(p) + (1 - p) * log2(1 - p));
}

struct pair {
    double x, y;
};

static int by_x(const void *a, const void *b)
{
    double x = ((const struct pair *)a)->x;
    double y = ((const struct pair *)b)->x;

    return (x > y) - (x < y);
}

/* The best limit of one feature over n sorted pairs; returns the impurity, or +inf. */
static double best_limit(const struct pair *pairs, int n, const struct options *options,
                         double *limit)
{
    double ones = 0, all_ones = 0, best = INFINITY;

    for (int i = 0; i < n; i++)
        all_ones += pairs[i].y;
    for (int i = 0; i + 1 < n; i++) {
        double sum;

        ones += pairs[i].y;
        if (pairs[i].x == pairs[i + 1].x || i + 1 < options->leaf ||
            n - i - 1 < options->leaf)
            continue;
        sum = impurity(ones, i + 1, options) +
              impurity(all_ones - ones, n - i - 1, options);
        if (sum < best - 1e-12) {
            best = sum;
            *limit = (pairs[i].x + pairs[i + 1].x) / 2;
        }
    }
    return best;
}

static int collect(const struct tree *tree, const struct data *data, int node,
                   int feature, struct pair *pairs)
{
    int n = 0;

    for (int row = 0; row < data->rows; row++) {
        if (tree->at[row] == node)
            pairs[n++] =
                (struct pair){data->x[row * data->inputs + feature], data->y[row]};
    }
    return n;
}

static void split(struct tree *tree, const struct data *data, int node,
                  const struct options *options, struct pair *pairs)
{
    struct node *here = &tree->nodes[node];
    double n = 0, ones = 0, best;

    for (int row = 0; row < data->rows; row++) {
        n += tree->at[row] == node;
        ones += tree->at[row] == node ? data->y[row] : 0;
    }
    best = impurity(ones, n, options) - 1e-9;
    for (int feature = 0; feature < data->inputs; feature++) {
        int count = collect(tree, data, node, feature, pairs);
        double limit = 0, sum;

        qsort(pairs, (size_t)count, sizeof *pairs, by_x);
        sum = best_limit(pairs, count, options, &limit);
        if (sum < best) {
            best = sum;
            here->feature = feature;
            here->limit = limit;
        }
    }
}

/* Sends the rows of a node that was split to its two children. */
static void send_on(struct tree *tree, const struct data *data, int node)
{
    struct node *here = &tree->nodes[node];
    double n[2] = {0, 0}, ones[2] = {0, 0};

    here->below = tree->n;
    for (int row = 0; row < data->rows; row++) {
        int side;

        if (tree->at[row] != node)
            continue;
        side = data->x[row * data->inputs + here->feature] > here->limit;
        tree->at[row] = here->below + side;
        n[side]++;
        ones[side] += data->y[row];
    }
    for (int side = 0; side < 2; side++)
        tree->nodes[tree->n++] =
            (struct node){.feature = -1, .share = ones[side] / n[side]};
}

static double error_of(const struct tree *tree, const struct data *data)
{
    int wrong = 0;

    for (int row = 0; row < data->rows; row++) {
        const struct node *node = tree->nodes;

        while (node->feature >= 0)
            node =
                &tree->nodes[node->below +
                             (data->x[row * data->inputs + node->feature] > node->limit)];
        wrong += (node->share > 0.5) != (data->y[row] > 0.5);
    }
    return (double)wrong / data->rows;
}

static void grow(struct tree *tree, const struct data *train,
                 const struct data *validation, const struct options *options)
{
    struct pair *pairs = calloc((size_t)train->rows, sizeof *pairs);
    int first = 0;

    if (!pairs)
        abort();
    for (int depth = 1; depth <= options->depth; depth++) {
        int end = tree->n;

        for (int node = first; node < end && tree->n + 2 <= MAX_NODES; node++) {
            split(tree, train, node, options, pairs);
            if (tree->nodes[node].feature >= 0)
                send_on(tree, train, node);
        }
        first = end;
        printf("depth %d train_error=%.6f validation_error=%.6f\n", depth,
               error_of(tree, train), error_of(tree, validation));
        fflush(stdout);
    }
    free(pairs);
}

int main(int argc, char **argv)
{
    struct options options;
    struct tree tree = {.n = 1, .nodes = {{.feature = -1}}};
    struct data train, validation;

    if (argc != 9 || strcmp(argv[1], "--depth") || strcmp(argv[3], "--leaf") ||
        strcmp(argv[5], "--criterion")) {
        fprintf(stderr, "usage: tree --depth N --leaf N --criterion gini|entropy TRAIN "
                        "VALIDATION\n");
        return 2;
    }
    options = (struct options){atoi(argv[2]), atoi(argv[4]), !strcmp(argv[6], "entropy")};
    train = read_data(argv[7]);
    validation = read_data(argv[8]);
    tree.at = calloc((size_t)train.rows, sizeof *tree.at);
    if (!tree.at)
        abort();
    grow(&tree, &train, &validation, &options);
    free(tree.at);
    free_data(&train);
    free_data(&validation);
    return 0;
}
