/* A test function: a search space as the text of a spec, and a value at each point of it.
 *
 * All are minimised. What a strategy sees is the observed value, which may be noisy or
 * missing; what counts is the value itself. */
#ifndef QUALITY_FUNCTION_H
#define QUALITY_FUNCTION_H

#include <stdint.h>

#include <hone/spec.h>

typedef struct quality_point {
    const hone_space *space;
    const hone_config *config;
    uint64_t seed, number; /* of the run and of the trial: what noise depends on */
} quality_point;

typedef struct quality_function {
    const char *name;       /* NULL ends a list */
    const char *parameters; /* YAML, as below `parameters:` */
    double minimum;         /* the least value there is; NaN where it is not known */
    double (*value)(const quality_point *point); /* NaN: the trial fails */
    double noise;        /* standard deviation of what is observed, 0 for none */
    const char *summary; /* dimension, kind, source */
} quality_function;

/* The lists, each in a file of its own. */
extern const quality_function quality_classic[], quality_mixed[], quality_trained[];

/* The i-th function of all lists, or NULL past the end; the one of this name, or NULL. */
const quality_function *quality_function_at(uint32_t i);
const quality_function *quality_function_find(const char *name);

/* A spec that searches the function by `method`, read as any spec is. The caller frees
 * *out, also after an error: HONE_ESPEC with the first complaint, HONE_ENOMEM. */
int quality_function_spec(const quality_function *function, const char *method,
                          hone_spec **out, hone_error *err);

/* What a strategy is told. */
double quality_observed(const quality_function *function, const quality_point *point,
                        double value);

/* A random point, a function of seed and number. Errors: HONE_ENOMEM. */
int quality_draw(const hone_space *space, uint64_t seed, uint64_t number,
                 hone_config *config, hone_error *err);

/* A parameter as number or text; NaN and "" where it does not exist in the point. */
double quality_number(const quality_point *point, const char *name);
const char *quality_text(const quality_point *point, const char *name);
/* x1, x2, ... xn. */
void quality_vector(const quality_point *point, uint32_t n, double *x);

/* Uniform in [0,1), and standard normal: functions of three numbers, nothing else. */
double quality_uniform(uint64_t seed, uint64_t number, uint64_t stream);
double quality_normal(uint64_t seed, uint64_t number, uint64_t stream);

#endif
