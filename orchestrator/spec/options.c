/* Options of a strategy or scheduler: the keys of a mapping, checked by its table. */
#include "spec/reader.h"

#include <string.h>

#include "spec/nearest.h"
#include "base/banned.h"

static const char *option_name_at(const void *arg, uint32_t i)
{
    const hone_option *options = arg;
    return options[i].type != HONE_OPTION_END ? options[i].name : NULL;
}

static void refuse_option(hone_reader *reader, const hone_node *key,
                          const hone_option_reading *reading)
{
    const char *near = NULL;
    if (reading->options != NULL)
        near = hone_nearest(key->text, option_name_at, reading->options);
    hone_read_error(reader, key, "%s has no option %.60s%s%s", reading->what, key->text,
                    near != NULL ? "; did you mean " : "", near != NULL ? near : "");
}

static void read_option(hone_reader *reader, const hone_node_pair *pair,
                        const hone_option_reading *reading, hone_setting *setting)
{
    const char *name = pair->key->text;
    const hone_option *option = NULL;
    hone_error err = {0};
    if (reading->options != NULL)
        option = hone_option_find(reading->options, name);
    if (option == NULL) {
        refuse_option(reader, pair->key, reading);
        return;
    }
    hone_value value = hone_read_value(reader, pair->value, name);
    if (hone_option_check(option, &value, &err) != 0)
        hone_read_error(reader, pair->value, "%s", err.text);
    else
        *setting = (hone_setting){.name = option->name, .value = value};
}

hone_settings hone_read_options(hone_reader *reader, const hone_node *map,
                                const hone_option_reading *reading)
{
    hone_setting *items = hone_read_alloc(reader, map->n * sizeof *items);
    uint32_t n = 0;
    for (uint32_t i = 0; items != NULL && i < map->n; i++) {
        const char *key = map->pairs[i].key->text;
        if (strcmp(key, reading->passed_over) == 0 ||
            (reading->passed_too != NULL && strcmp(key, reading->passed_too) == 0))
            continue;
        read_option(reader, &map->pairs[i], reading, &items[n]);
        n += items[n].name != NULL;
    }
    return (hone_settings){.n = n, .items = items};
}
