/* The name in front of a number: where it begins, looking back from the operator. */
#ifndef HONE_OUTPUT_NAME_H
#define HONE_OUTPUT_NAME_H

#include <stdbool.h>
#include <stddef.h>

/* len 0: no name. */
typedef struct hone_name {
    const char *text;
    size_t len;
} hone_name;

/* The one word that ends at `end`, as before a tight `=`: "done val/loss" gives val/loss.
 * None for a path, an option (--lr), a query (?x) and what begins with a digit. */
hone_name hone_name_word(const char *start, const char *end);

/* The words that end at `end`, as before a colon or a blank: "[valid] Average loss" gives
 * Average loss, "finished with value" gives value. */
hone_name hone_name_phrase(const char *start, const char *end);

/* The last word of what ends at `end`, whatever it is; len 0 where it is no word. */
hone_name hone_name_last(const char *start, const char *end);

/* Blanks (space, tab) skipped backwards from `end`. */
const char *hone_skip_back(const char *start, const char *end);

#endif
