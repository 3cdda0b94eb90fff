/* Plays runs by an object of the loop, on a processor of another kind: numbers in, rows out.

   Input, as 64-bit words: seed, first and last replication, variant; size of the scenario record,
   of a row; the parts of the state, and size and length of each; then the scenario record. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int64_t simdeploy_run_range(void *, void *, int64_t, int64_t, int64_t, int64_t, void *, int64_t);

static int64_t word(void) {
    int64_t value;
    if (fread(&value, sizeof value, 1, stdin) != 1) exit(2);
    return value;
}

int main(void) {
    int64_t seed = word(), lo = word(), hi = word(), variant = word();
    int64_t record_size = word(), row_size = word(), parts = word();
    int64_t *block = calloc(2 * parts, sizeof *block);
    for (int64_t k = 0; k < parts; k++) {
        int64_t size = word();
        block[2 * k + 1] = word();
        block[2 * k] = (int64_t)calloc(block[2 * k + 1], size);
    }
    char *record = malloc(record_size), *rows = calloc(hi - lo, row_size);
    if (fread(record, record_size, 1, stdin) != 1) return 3;
    int64_t done = simdeploy_run_range(record, block, seed, lo, hi, variant, rows, hi - lo);
    if (done != hi) return 4;
    return fwrite(rows, row_size, hi - lo, stdout) == (size_t)(hi - lo) ? 0 : 5;
}
