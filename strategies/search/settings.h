/* What the user set of a strategy's options, or its default. */
#ifndef HONE_SEARCH_SETTINGS_H
#define HONE_SEARCH_SETTINGS_H

#include <hone/strategy.h>

/* The value that was set, or NULL. Settings were checked against the table before. */
const hone_value *hone_settings_find(const hone_settings *settings, const char *name);

/* A number, or `fallback` where the user set none. */
double hone_settings_number(const hone_settings *settings, const char *name,
                            double fallback);

/* Whether a word was set, and is this one. */
bool hone_settings_is(const hone_settings *settings, const char *name, const char *word);

#endif
