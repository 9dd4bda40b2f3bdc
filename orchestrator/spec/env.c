/* `env`: variables of the command. */
#include "spec/reader.h"

#include <string.h>

#include "base/banned.h"

static bool is_variable(const char *name)
{
    size_t len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
                              "0123456789");
    return len > 0 && name[len] == '\0' && (name[0] < '0' || name[0] > '9');
}

static void read_variable(hone_reader *reader, const hone_node_pair *pair,
                          hone_env_entry *entry)
{
    char shown[64];
    *entry = (hone_env_entry){.name = pair->key->text};
    if (!is_variable(pair->key->text))
        hone_read_error(reader, pair->key,
                        "env: %.60s is no name of a variable; letters, digits and _ are",
                        pair->key->text);
    if (pair->value->kind != HONE_NODE_SCALAR)
        hone_read_error(reader, pair->value, "env.%.60s is %s; a text is needed",
                        pair->key->text, hone_node_show(pair->value, shown));
    else if (!hone_node_is_null(pair->value))
        entry->value = pair->value->text;
}

void hone_read_env(hone_reader *reader, const hone_node *node, void *target)
{
    char shown[64];
    (void)target;
    if (node->kind != HONE_NODE_MAP) {
        hone_read_error(reader, node, "env is %s; it maps names to values",
                        hone_node_show(node, shown));
        return;
    }
    hone_env_entry *env = hone_read_alloc(reader, node->n * sizeof *env);
    if (env == NULL)
        return;
    for (uint32_t i = 0; i < node->n; i++)
        read_variable(reader, &node->pairs[i], &env[i]);
    reader->spec->n_env = node->n;
    reader->spec->env = env;
}
