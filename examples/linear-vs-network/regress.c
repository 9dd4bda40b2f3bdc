/* Predicts one number from a few: a linear model by least squares, or a neural network
 * with one hidden layer by stochastic gradient descent.
 *
 * The first four fifths of the training file are learned from; the rest, the validation
 * set, is for choosing between trials; the test file is looked at once, at the end.
 * Errors are mean absolute errors.
 *
 * usage: regress --model=linear|network [--l2=X] [--hidden=N] [--learning-rate=X] TRAIN
 * TEST HONE_SEED, where it is set, seeds the network's first weights. */
#include "../fann_data.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { EPOCHS = 60, MAX_INPUTS = 64, MAX_HIDDEN = 64 };

struct options {
    int network;
    int hidden;
    double l2, learning_rate;
    const char *files[2];
};

/* A network; without hidden units `out` are the weights of the inputs themselves. The
 * last weight of each row is the constant's. */
struct model {
    int inputs, hidden;
    double in[MAX_HIDDEN][MAX_INPUTS + 1];
    double out[MAX_INPUTS + MAX_HIDDEN + 1];
};

static double dot(const double *weights, const double *x, int n)
{
    double sum = weights[n];

    for (int i = 0; i < n; i++)
        sum += weights[i] * x[i];
    return sum;
}

static double predict(const struct model *model, const double *x, double *activation)
{
    if (model->hidden == 0)
        return dot(model->out, x, model->inputs);
    for (int h = 0; h < model->hidden; h++)
        activation[h] = tanh(dot(model->in[h], x, model->inputs));
    return dot(model->out, activation, model->hidden);
}

static double mean_absolute_error(const struct model *model, const struct data *data,
                                  int first, int end)
{
    double activation[MAX_HIDDEN], sum = 0;

    for (int row = first; row < end; row++)
        sum +=
            fabs(predict(model, data->x + row * data->inputs, activation) - data->y[row]);
    return sum / (end - first);
}

/* Solves a * w = b by Gaussian elimination; `a` is symmetric and positive definite. */
static void solve(double a[][MAX_INPUTS + 1], double *b, double *w, int n)
{
    for (int k = 0; k < n; k++) {
        for (int i = k + 1; i < n; i++) {
            double factor = a[i][k] / a[k][k];

            for (int j = k; j < n; j++)
                a[i][j] -= factor * a[k][j];
            b[i] -= factor * b[k];
        }
    }
    for (int i = n - 1; i >= 0; i--) {
        w[i] = b[i];
        for (int j = i + 1; j < n; j++)
            w[i] -= a[i][j] * w[j];
        w[i] /= a[i][i];
    }
}

/* The normal equations; l2 per row, plus a trace so that collinear inputs do no harm. */
static void fit_linear(struct model *model, const struct data *data, int rows, double l2)
{
    static double a[MAX_INPUTS + 1][MAX_INPUTS + 1];
    double b[MAX_INPUTS + 1] = {0};
    int n = data->inputs + 1;

    for (int row = 0; row < rows; row++) {
        const double *x = data->x + row * data->inputs;

        for (int i = 0; i < n; i++) {
            double xi = i < data->inputs ? x[i] : 1;

            for (int j = 0; j < n; j++)
                a[i][j] += xi * (j < data->inputs ? x[j] : 1);
            b[i] += xi * data->y[row];
        }
    }
    for (int i = 0; i < n; i++)
        a[i][i] += (l2 + 1e-9) * rows;
    solve(a, b, model->out, n);
}

/* SplitMix64 (Steele, Lea, Flood 2014): small, and good enough for first weights. */
static double draw(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (double)((z ^ (z >> 31)) >> 11) / 9007199254740992.0 - 0.5;
}

static void learn_row(struct model *model, const double *x, double y,
                      const struct options *options)
{
    double activation[MAX_HIDDEN];
    double error = predict(model, x, activation) - y;
    double rate = options->learning_rate;

    for (int h = 0; h < model->hidden; h++) {
        double slope = error * model->out[h] * (1 - activation[h] * activation[h]);

        for (int i = 0; i < model->inputs; i++)
            model->in[h][i] -= rate * (slope * x[i] + options->l2 * model->in[h][i]);
        model->in[h][model->inputs] -= rate * slope;
        model->out[h] -= rate * (error * activation[h] + options->l2 * model->out[h]);
    }
    model->out[model->hidden] -= rate * error;
}

static void report(const struct model *model, const struct data *data, int rows,
                   int epoch)
{
    printf("epoch %d train_mae=%.6f validation_mae=%.6f\n", epoch,
           mean_absolute_error(model, data, 0, rows),
           mean_absolute_error(model, data, rows, data->rows));
    fflush(stdout);
}

static void fit_network(struct model *model, const struct data *data, int rows,
                        const struct options *options)
{
    const char *seed = getenv("HONE_SEED");
    uint64_t state = seed ? strtoull(seed, NULL, 10) : 1;

    model->hidden = options->hidden;
    for (int h = 0; h < model->hidden; h++) {
        for (int i = 0; i <= model->inputs; i++)
            model->in[h][i] = draw(&state);
        model->out[h] = draw(&state);
    }
    for (int epoch = 1; epoch <= EPOCHS; epoch++) {
        for (int row = 0; row < rows; row++)
            learn_row(model, data->x + row * data->inputs, data->y[row], options);
        report(model, data, rows, epoch);
    }
}

static int read_option(struct options *options, const char *arg)
{
    if (!strcmp(arg, "--model=linear"))
        options->network = 0;
    else if (!strcmp(arg, "--model=network"))
        options->network = 1;
    else if (!strncmp(arg, "--l2=", 5))
        options->l2 = atof(arg + 5);
    else if (!strncmp(arg, "--hidden=", 9))
        options->hidden = atoi(arg + 9);
    else if (!strncmp(arg, "--learning-rate=", 16))
        options->learning_rate = atof(arg + 16);
    else if (arg[0] == '-')
        return 0;
    else if (!options->files[0])
        options->files[0] = arg;
    else
        options->files[1] = arg;
    return 1;
}

int main(int argc, char **argv)
{
    static struct model model;
    struct options options = {.hidden = 8, .learning_rate = 0.03};
    struct data train, test;
    int good = 1, rows;

    for (int i = 1; i < argc; i++)
        good &= read_option(&options, argv[i]);
    if (!good || !options.files[1] || options.hidden < 1 || options.hidden > MAX_HIDDEN) {
        fprintf(stderr, "usage: regress --model=linear|network [--l2=X] [--hidden=N] "
                        "[--learning-rate=X] TRAIN TEST\n");
        return 2;
    }
    train = read_data(options.files[0]);
    test = read_data(options.files[1]);
    if (train.inputs > MAX_INPUTS || train.inputs != test.inputs || train.rows < 5)
        return 1;
    model.inputs = train.inputs;
    rows = train.rows * 4 / 5;
    if (options.network) {
        fit_network(&model, &train, rows, &options);
    } else {
        fit_linear(&model, &train, rows, options.l2);
        report(&model, &train, rows, 1);
    }
    printf("test_mae=%.6f\n", mean_absolute_error(&model, &test, 0, test.rows));
    free_data(&train);
    free_data(&test);
    return 0;
}
