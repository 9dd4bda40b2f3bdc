/* What the reactor answers with: a growing list. */
#include "engine/reactor.h"

#include <stdlib.h>

void hone_actions_release(hone_actions *actions)
{
    free(actions->items);
    *actions = (hone_actions){0};
}

void hone_actions_add(hone_actions *actions, hone_action action)
{
    if (actions->n == actions->cap) {
        uint32_t cap = actions->cap == 0 ? 32 : actions->cap * 2;
        hone_action *grown = realloc(actions->items, cap * sizeof(*grown));
        if (grown == NULL) {
            actions->failed = true;
            return;
        }
        actions->items = grown;
        actions->cap = cap;
    }
    actions->items[actions->n++] = action;
}
