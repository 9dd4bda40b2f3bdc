/* Patterns of the user: PCRE2 in bytes mode, compiled once, with limits on what one match
 * may cost.
 *
 *   hone_regex_new  (find | match)*  free */
#ifndef HONE_OUTPUT_REGEX_H
#define HONE_OUTPUT_REGEX_H

#include <hone/metrics.h>

/* After so many matches that ran into a limit the pattern is switched off. */
enum { HONE_REGEX_GIVE_UP = 100 };

typedef struct hone_regex hone_regex;

/* A group of a match; NULL where it took no part. */
typedef struct hone_group {
    const char *text;
    size_t len;
} hone_group;

typedef struct hone_match {
    size_t start, end; /* of the whole match, in the subject */
    hone_group value, step, name;
} hone_match;

/* Compiles `pattern`, NUL-terminated. Errors: HONE_ENOMEM; HONE_ESYNTAX with PCRE2's text
 * and `*offset` in the pattern: not valid, longer than HONE_PATTERN_MAX, or without a
 * group. */
HONE_MUST_CHECK int hone_regex_new(const char *pattern, hone_regex **out, size_t *offset,
                                   hone_error *err);
void hone_regex_free(hone_regex *regex);

enum { HONE_REGEX_STARVED = -1, HONE_REGEX_GAVE_UP = -2 };

/* The first match in `text` from `start` on. Returns 1, 0 for none, HONE_REGEX_GAVE_UP
 * where a limit was hit (counted by the caller's line, see hone_regex_gave_up), or
 * HONE_REGEX_STARVED where memory is out: then nothing is known of the text. */
int hone_regex_match(hone_regex *regex, const char *text, size_t len, size_t start,
                     hone_match *match);

/* Whether a match inside many lines at once is found as well as line by line: the pattern
 * cannot look at, or run through, what lies beyond its line. */
bool hone_regex_spans_lines(const hone_regex *regex);

/* Counts one line that was given up; from HONE_REGEX_GIVE_UP on the pattern is off. */
void hone_regex_give_up(hone_regex *regex);
uint64_t hone_regex_gave_up(const hone_regex *regex);
bool hone_regex_is_off(const hone_regex *regex);

bool hone_regex_has_step(const hone_regex *regex);

#endif
