/* Processes that take the next task from a counter in shared memory. */
#include "pool.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/banned.h"

static void *share(size_t size)
{
    void *memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

quality_result *quality_results_make(uint32_t n)
{
    return share((n + (size_t)1) * sizeof(quality_result));
}

void quality_results_free(quality_result *results, uint32_t n)
{
    if (results != NULL)
        munmap(results, (n + (size_t)1) * sizeof *results);
}

typedef struct worker_pool {
    const quality_task *tasks;
    quality_result *results;
    uint32_t n;
    atomic_uint *next;
} worker_pool;

static void work(const worker_pool *pool)
{
    uint32_t i;
    while ((i = atomic_fetch_add(pool->next, 1)) < pool->n) {
        quality_result result;
        memcpy(pool->results[i].text, "its process died", 17);
        quality_drive(&pool->tasks[i], &result);
        pool->results[i] = result;
    }
}

static bool start_worker(const worker_pool *pool)
{
    pid_t pid = fork();
    if (pid == 0) {
        work(pool);
        _exit(0);
    }
    return pid > 0;
}

bool quality_pool_run(const quality_task *tasks, quality_result *results, uint32_t n,
                      uint32_t jobs)
{
    worker_pool pool = {.tasks = tasks, .results = results, .n = n};
    pool.next = share(sizeof *pool.next);
    if (pool.next == NULL)
        return false;
    uint32_t running = 0;
    fflush(NULL);
    for (uint32_t i = 0; i < jobs; i++)
        running += start_worker(&pool);
    bool started = running > 0;
    while (running > 0) {
        int status;
        if (wait(&status) < 0)
            break;
        running--;
        /* One that died took one task with it; another goes on with the rest. */
        if (WIFSIGNALED(status) && atomic_load(pool.next) < n)
            running += start_worker(&pool);
    }
    munmap(pool.next, sizeof *pool.next);
    return started;
}
