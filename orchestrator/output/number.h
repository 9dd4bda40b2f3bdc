/* Numbers inside text: where one ends, and what may follow it. */
#ifndef HONE_OUTPUT_NUMBER_H
#define HONE_OUTPUT_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct hone_number {
    const char *start, *end;
    double value;
    bool whole;   /* digits only: may be a step */
    bool special; /* nan or inf */
} hone_number;

/* Reads the longest number at `at`: [sign] digits [. digits] [e [sign] digits], or nan,
 * inf, infinity in any case as a whole word. A full stop that ends a sentence is no part
 * of it. */
bool hone_number_scan(const char *at, const char *end, hone_number *number);

/* Reads what a pattern captured: a number with blanks round it, one `%`, `,`, `.` or `;`
 * behind it, or thousands in groups (5,529,093). */
bool hone_number_read(const char *text, size_t len, double *value);

#endif
