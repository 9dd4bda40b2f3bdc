# Every third patient is kept for the test. xgboost wants classes 0 and 1, not -1 and +1.
{
    sub(/^\+1/, "1")
    sub(/^-1/, "0")
    print > (folder "/" (NR % 3 == 0 ? "test.txt" : "train.txt"))
}
