/* Reads the data format of FANN, in which Debian's libfann-doc has real data sets: a line
 * "ROWS INPUTS OUTPUTS", then for each row a line of inputs and a line of outputs.
 * Only the first output is kept. */
#ifndef EXAMPLES_FANN_DATA_H
#define EXAMPLES_FANN_DATA_H

#include <stdio.h>
#include <stdlib.h>

struct data {
    int rows, inputs;
    double *x; /* rows * inputs */
    double *y; /* rows */
};

static inline double read_number(FILE *file, const char *path)
{
    double number;

    if (fscanf(file, "%lf", &number) != 1) {
        fprintf(stderr, "%s: not a FANN data file\n", path);
        exit(1);
    }
    return number;
}

static inline struct data read_data(const char *path)
{
    struct data data;
    FILE *file = fopen(path, "r");
    int outputs;

    if (!file) {
        perror(path);
        exit(1);
    }
    data.rows = (int)read_number(file, path);
    data.inputs = (int)read_number(file, path);
    outputs = (int)read_number(file, path);
    data.x = calloc((size_t)data.rows * (size_t)data.inputs, sizeof *data.x);
    data.y = calloc((size_t)data.rows, sizeof *data.y);
    if (!data.x || !data.y || data.rows < 1 || data.inputs < 1 || outputs < 1) {
        fprintf(stderr, "%s: no rows, or too many\n", path);
        exit(1);
    }
    for (int row = 0; row < data.rows; row++) {
        for (int i = 0; i < data.inputs; i++)
            data.x[row * data.inputs + i] = read_number(file, path);
        data.y[row] = read_number(file, path);
        for (int i = 1; i < outputs; i++)
            read_number(file, path);
    }
    fclose(file);
    return data;
}

static inline void free_data(struct data *data)
{
    free(data->x);
    free(data->y);
}

#endif
