#include "search/settings.h"

#include <string.h>

#include "base/banned.h"

const hone_value *hone_settings_find(const hone_settings *settings, const char *name)
{
    for (uint32_t i = 0; i < settings->n; i++) {
        if (strcmp(settings->items[i].name, name) == 0)
            return &settings->items[i].value;
    }
    return NULL;
}

double hone_settings_number(const hone_settings *settings, const char *name,
                            double fallback)
{
    const hone_value *value = hone_settings_find(settings, name);
    double number = fallback;
    if (value == NULL || hone_value_number(value, &number) == false)
        return fallback;
    return number;
}

bool hone_settings_is(const hone_settings *settings, const char *name, const char *word)
{
    const hone_value *value = hone_settings_find(settings, name);
    return value != NULL && value->kind == HONE_TEXT && value->n == strlen(word) &&
           memcmp(value->text, word, value->n) == 0;
}
