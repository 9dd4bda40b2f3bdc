/* The list of executors, and the lookup by name. */
#include <hone/executor.h>

#include <string.h>

#include "base/banned.h"

#define HONE_EXECUTOR(name) extern const hone_executor hone_executor_##name;
#include "executors/executors.def"
#undef HONE_EXECUTOR

static const hone_executor *const executors[] = {
#define HONE_EXECUTOR(name) &hone_executor_##name,
#include "executors/executors.def"
#undef HONE_EXECUTOR
};

const hone_executor *hone_executor_at(uint32_t i)
{
    return i < sizeof executors / sizeof executors[0] ? executors[i] : NULL;
}

const hone_executor *hone_executor_find(const char *name)
{
    const hone_executor *executor;
    for (uint32_t i = 0; (executor = hone_executor_at(i)) != NULL; i++)
        if (strcmp(executor->name, name) == 0)
            return executor;
    return NULL;
}
