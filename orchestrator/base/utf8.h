/* Reading UTF-8 that may be damaged: one character at a time, never past the end. */
#ifndef HONE_BASE_UTF8_H
#define HONE_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes the character at `text` (len >= 1 bytes are there). Returns how many bytes it
 * takes, at least 1. Bytes that are no UTF-8 (cut, overlong, surrogates, above U+10FFFF)
 * give -1 as `code`, each maximal broken piece once. */
size_t hone_utf8_decode(const char *text, size_t len, int32_t *code);

/* Whether Python's str.isprintable() calls the character so, by the categories that no
 * longer change: controls, formats, separators other than the space, surrogates and
 * private use are not. Unassigned characters count as printable: which they are depends
 * on the version of Unicode. */
bool hone_utf8_printable(int32_t code);

#endif
