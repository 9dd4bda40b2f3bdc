/* Stands in for libFuzzer's main: runs a fuzz target once on every file of the folders
 * that are its arguments, and on nothing at all. The seeds are a test with it, whatever
 * the compiler.
 *
 *   fuzz_spec FOLDER... */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 1 << 20 };

/* In a block of exactly its size, so that ASan sees a byte too far. */
static void run_input(const void *bytes, size_t size)
{
    uint8_t *data = calloc(1, size > 0 ? size : 1);
    if (data == NULL)
        abort();
    memcpy(data, bytes, size);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
}

static int run_file(const char *path, char *bytes)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        perror(path);
        return -1;
    }
    size_t size = fread(bytes, 1, INPUT_MAX, file);
    fclose(file);
    printf("%s\n", path);
    fflush(stdout); /* the last one printed is the one that failed */
    run_input(bytes, size);
    return 0;
}

/* Returns how many files there were, -1 where one cannot be read. */
static int run_folder(const char *folder, char *bytes)
{
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        perror(folder);
        return -1;
    }
    int n = 0;
    for (struct dirent *entry = readdir(dir); entry != NULL && n >= 0;
         entry = readdir(dir)) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        n = run_file(path, bytes) == 0 ? n + 1 : -1;
    }
    closedir(dir);
    return n;
}

int main(int argc, char **argv)
{
    char *bytes = malloc(INPUT_MAX);
    if (bytes == NULL)
        return 1;
    run_input("", 0);
    int status = argc > 1 ? 0 : 2;
    for (int i = 1; i < argc && status == 0; i++)
        if (run_folder(argv[i], bytes) <= 0)
            status = 1;
    free(bytes);
    return status;
}
