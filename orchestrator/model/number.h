/* Integers as text; reals are in <hone/value.h>. */
#ifndef HONE_MODEL_NUMBER_H
#define HONE_MODEL_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Large enough for every int64: sign, 19 digits, NUL. */
enum { HONE_INT_TEXT = 24 };

/* Writes the decimal text, NUL-terminated; returns its length. */
size_t hone_int_write(int64_t integer, char text[static HONE_INT_TEXT]);

/* Reads an optional sign and decimal digits that fill text[0..len) exactly. Returns false
 * where they do not, or where no int64 holds the number. */
bool hone_int_read(const char *text, size_t len, int64_t *integer);

#endif
