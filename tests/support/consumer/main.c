/* Reads a spec with the installed library and prints how many points it has. */
#include <hone/hone.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    static const char text[] = "command: [echo]\nmethod: grid\n"
                               "parameters: {lr: {values: [1, 2, 3]}}\n";
    hone_spec *spec = NULL;
    hone_plan *plan = NULL;
    hone_error err = {0};
    if (hone_spec_read("inline.yaml", text, strlen(text), &spec, &err) != HONE_OK ||
        hone_plan_make(spec, &plan, &err) != HONE_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    printf("%" PRIu64 "\n", hone_plan_count(plan));
    hone_plan_free(plan);
    hone_spec_free(spec);
    return 0;
}
