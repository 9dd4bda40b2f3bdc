/* A configuration as nested data: walks a space's flat parameters as the groups they
 * form.
 *
 *   {first, end} is one entry: params[first..end) share path[depth]. It is a leaf where
 *   params[first].depth == depth + 1 (then end == first + 1), else a group.
 *
 * Worked example: b, opt.lr, opt.nadam.beta at depth 0 are the leaf b and the group opt;
 * inside opt, at depth 1, the leaf lr and the group nadam. */
#ifndef HONE_SPEC_ENTRIES_H
#define HONE_SPEC_ENTRIES_H

#include <stdbool.h>
#include <stdint.h>

#include <hone/space.h>

typedef struct hone_entry {
    uint32_t first, end;
} hone_entry;

/* Where the top level stands; zero-initialise. Entries come sorted by name, plain ones
 * and groups together (the order in which W&B prints arguments), although a space has its
 * groups behind its plain parameters. Entries with no parameter present are left out. */
typedef struct hone_top {
    uint32_t plain, group;
} hone_top;

/* Fills *out and returns true, or returns false at the end. O(n) over a whole walk. */
bool hone_top_next(hone_top *top, const hone_space *space, const hone_config *config,
                   hone_entry *out);

/* The next entry of a group: in `rest`, which shrinks from the front, at `depth`. Entries
 * with no parameter present are left out. */
bool hone_group_next(hone_entry *rest, uint32_t depth, const hone_space *space,
                     const hone_config *config, hone_entry *out);

/* Whether the entry at this depth is a parameter, not a group of them. */
bool hone_entry_is_leaf(const hone_space *space, const hone_entry *entry, uint32_t depth);

/* Appends text as it stands inside a list or mapping: a string in quotes, a number in its
 * canonical form. */
void hone_value_write_inner(hone_buf *out, const hone_value *value, hone_form form);

/* Appends the entry as one value: a leaf as a top-level value where `depth` is 0 and form
 * is not JSON, a group as {'lr': 0.1} (PYTHON) or {"lr": 0.1} (JSON). */
void hone_entry_write(hone_buf *out, const hone_space *space, const hone_config *config,
                      const hone_entry *entry, hone_form form);

#endif
