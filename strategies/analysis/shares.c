#include "analysis/shares.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "base/banned.h"

enum { STRONGEST = 8 };

int hone_shares_init(hone_shares *shares, const hone_binned *table)
{
    *shares = (hone_shares){.explained = NAN};
    shares->mains = calloc(table->d + (size_t)1, sizeof(*shares->mains));
    shares->means = calloc(table->d + (size_t)1, HONE_CELLS * sizeof(*shares->means));
    return shares->mains != NULL && shares->means != NULL ? HONE_OK : HONE_ENOMEM;
}

void hone_shares_release(hone_shares *shares)
{
    free(shares->mains);
    free(shares->means);
    *shares = (hone_shares){0};
}

uint32_t hone_choose_pairs(const hone_binned *table, const double *gains,
                           hone_pair_of pairs[static HONE_PAIRS])
{
    uint32_t strongest[STRONGEST], n = 0, n_pairs = 0;
    for (uint32_t c = 0; c < table->d; c++) {
        uint32_t at = n < STRONGEST ? n++ : STRONGEST;
        if (at == STRONGEST && gains[c] <= gains[strongest[STRONGEST - 1]])
            continue;
        for (at = at == STRONGEST ? at - 1 : at;
             at > 0 && gains[strongest[at - 1]] < gains[c]; at--)
            strongest[at] = strongest[at - 1];
        strongest[at] = c;
    }
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = i + 1; k < n; k++) {
            uint32_t a = strongest[i], b = strongest[k];
            pairs[n_pairs++] =
                a < b ? (hone_pair_of){.a = a, .b = b} : (hone_pair_of){.a = b, .b = a};
        }
    }
    assert(n_pairs <= HONE_PAIRS);
    return n_pairs;
}
