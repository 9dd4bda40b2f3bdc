/* A listing of trials: which, in which order, which columns, in which form. What `trials`
 * and the tables of `best` share. */
#ifndef HONE_CLI_LISTING_H
#define HONE_CLI_LISTING_H

#include <hone/export.h>

#include "cli/argv.h"
#include "cli/out.h"

struct listing {
    enum form form;
    const char *columns; /* names separated by commas; NULL: those that suit */
    const char *sort;    /* a column, '-' in front for descending; NULL: by number */
    uint64_t limit;
    const char *where; /* an expression; NULL: all trials */
    int width;         /* of the terminal, to which a table is cut; 0: whole */
};

/* Writes the listing; returns the exit status. */
int hone_listing_write(hone_store *store, const hone_sweep_info *sweep,
                       const struct listing *listing, struct out *out);

#endif
