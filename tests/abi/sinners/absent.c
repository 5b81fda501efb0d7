int in_an_absent_library(void);
int in_an_absent_library(void)
{
    return 0;
}
