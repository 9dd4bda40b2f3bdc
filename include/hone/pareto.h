/* Trade-offs between several objectives, all of them to be minimised. Pure functions. */
#ifndef HONE_PARETO_H
#define HONE_PARETO_H

#include <stdbool.h>
#include <stdint.h>

#include <hone/error.h>

/* Objective vectors. NaN counts as +infinity. */
typedef struct hone_objectives {
    uint32_t n; /* points */
    uint32_t n_objectives;
    const double *values; /* n rows of n_objectives */
} hone_objectives;

/* Whether a is nowhere worse than b, and better somewhere. */
HONE_API bool hone_pareto_dominates(const double *a, const double *b,
                                    uint32_t n_objectives);

/* The points that no other one dominates: fills their indices in ascending order, with
 * room for n, and returns how many. Equal points are all in it. */
HONE_API uint32_t hone_pareto_front(const hone_objectives *points, uint32_t *front);

/* The front that each point is in: 0 is the Pareto front, 1 the front of what is left
 * without it, and so on. Zhang, Tian, Cheng, Jin (2015), An efficient approach to
 * nondominated sorting for evolutionary multiobjective optimization, IEEE Trans. Evol.
 * Comput. 19 (ENS-BS). Errors: HONE_ENOMEM. */
HONE_API HONE_MUST_CHECK int hone_pareto_ranks(const hone_objectives *points,
                                               uint32_t *ranks);

/* The crowding distance of each point within its front: Deb, Pratap, Agarwal, Meyarivan
 * (2002), A fast and elitist multiobjective genetic algorithm: NSGA-II, IEEE Trans. Evol.
 * Comput. 6, section III.B. Infinite at both ends of each objective; equal points share
 * the place of one. Errors: HONE_ENOMEM. */
HONE_API HONE_MUST_CHECK int hone_pareto_crowding(const hone_objectives *points,
                                                  const uint32_t *ranks,
                                                  double *distances);

/* The volume that the points dominate below `reference`; points that are not below it in
 * every objective add nothing. By a sweep for two objectives, else by While, Bradstreet,
 * Barone (2012), A fast way of calculating exact hypervolumes, IEEE Trans. Evol. Comput.
 * 16 (WFG): exact, exponential in the objectives. Errors: HONE_ENOMEM. */
HONE_API HONE_MUST_CHECK int hone_pareto_hypervolume(const hone_objectives *points,
                                                     const double *reference,
                                                     double *volume);

#endif
