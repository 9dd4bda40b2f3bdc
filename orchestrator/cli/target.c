/* Operands SWEEP and TRIAL, and the option --store. */
#include <string.h>

#include "cli/exit.h"
#include "cli/target.h"

enum { MAX_PATH = 64 * 1024, MAX_NAME = 1024 };

int hone_target_open_store(struct target *target, const struct args *args)
{
    hone_error err = {.code = 0};
    *target = (struct target){.store = NULL};
    hone_buf_init(&target->dir, MAX_PATH);
    hone_store_find_dir(&target->dir, hone_args_text(args, "store"));
    int rc = hone_buf_status(&target->dir);
    if (rc == HONE_OK) {
        rc = hone_store_open(hone_buf_text(&target->dir), &target->store, &err);
    }
    if (rc == HONE_OK) {
        return EXIT_DONE;
    }
    hone_exit_error(&err, rc);
    return EXIT_STORE; /* whatever the code: there is no store to be used */
}

static int find_sweep(struct target *target, const char *name)
{
    hone_error err = {.code = 0};
    int rc = hone_store_sweep(target->store, name, &target->sweep, &err);
    return rc == HONE_OK ? EXIT_DONE : hone_exit_error(&err, rc);
}

int hone_target_open_named(struct target *target, const struct args *args,
                           const char *name)
{
    int status = hone_target_open_store(target, args);
    return status == EXIT_DONE ? find_sweep(target, name) : status;
}

int hone_target_open_sweep(struct target *target, const struct args *args)
{
    return hone_target_open_named(target, args, hone_args_operand(args, 0));
}

/* Decimal digits alone, at least 1; 0 where it is no such number. */
static uint64_t read_number(const char *text)
{
    hone_value value = hone_value_from_plain(text);
    bool digits = text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
    return digits && value.kind == HONE_INT && value.integer > 0 ? (uint64_t)value.integer
                                                                 : 0;
}

int hone_target_open_trial(struct target *target, const struct args *args)
{
    const char *operand = hone_args_operand(args, 0);
    const char *slash = strrchr(operand, '/');
    char name[MAX_NAME];
    uint64_t number = read_number(slash != NULL ? slash + 1 : operand);
    *target = (struct target){.store = NULL};
    hone_buf_init(&target->dir, MAX_PATH);
    if (number == 0 || slash == operand ||
        (slash != NULL && (size_t)(slash - operand) >= sizeof name)) {
        return hone_exit_wrong("'%s' is no trial; say SWEEP/NUMBER, or NUMBER", operand);
    }
    if (slash != NULL) {
        memcpy(name, operand, (size_t)(slash - operand));
        name[slash - operand] = '\0';
    }
    int status = hone_target_open_store(target, args);
    if (status == EXIT_DONE) {
        status = find_sweep(target, slash != NULL ? name : NULL);
    }
    target->trial = number;
    return status;
}

void hone_target_close(struct target *target)
{
    hone_store_close(target->store);
    hone_buf_release(&target->dir);
}
