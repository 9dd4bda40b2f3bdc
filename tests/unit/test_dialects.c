/* The built-in dialects: what is found in lines of well-known formats, and that nothing
 * is found in lines that hold no metric. */
#include "metric_log.h"

#include <stdlib.h>

struct example {
    const char *text, *want;
};

static const struct example examples[] = {
    /* name=value */
    {"epoch=3 loss=0.31 acc=0.9\n", "loss=0.31@3\nacc=0.9@3\n"},
    {"val/loss=1e-05, top-1=0.5;x.y=+2.5\n", "val/loss=1e-05\ntop-1=0.5\nx.y=2.5\n"},
    {"loss=nan acc=-inf f1=Infinity\n", "loss=nan\nacc=-inf\nf1=inf\n"},
    {"level=info msg=\"step done\" step=4 val.loss=\"0.35\"\n", "val.loss=0.35@4\n"},
    {"Score=-7.53e-05\n", "Score=-7.53e-05\n"},
    {"accuracy = 0.98\n", "accuracy=0.98\n"},
    {"final test loss = 0.5\n", "final test loss=0.5\n"},
    {"loss => 0.3\nacc -> 0.4\n", "loss=0.3\nacc=0.4\n"},
    {"loss=0.5|acc=0.25|\n", "loss=0.5\nacc=0.25\n"},
    {"loss=.5 acc=5.\n", "loss=0.5\nacc=5.0\n"},
    {"loss=0.5\r\nacc=0.6\r\n", "loss=0.5\nacc=0.6\n"},
    {"a=1e400 b=-1e400 c=1e-400\n", "a=inf\nb=-inf\nc=0.0\n"},
    {"EvalResult(loss=0.5, acc=0.25, seed=3)\n", "loss=0.5\nacc=0.25\n"},
    {"\xce\xbb_loss=0.5 \xe2\x80\xa2 acc=0.25\n", "\xce\xbb_loss=0.5\nacc=0.25\n"},
    /* name: value */
    {"loss: 0.5\n", "loss=0.5\n"},
    {"Test set: Average loss: 0.0512, Accuracy: 9831/10000 (98%)\n",
     "Average loss=0.0512\nAccuracy=98.0\n"},
    {"overall accuracy:\t\t0.9757  (9/10), of which 2 exact\n",
     "overall accuracy=0.9757\n"},
    {"step: 7\nloss: 0.5\nacc: 1\n", "loss=0.5@7\nacc=1.0@7\n"},
    {"12/32 [===>....] - ETA: 3s - loss: 0.7003 - acc: 0.4500\b\b\b\n",
     "loss=0.7003\nacc=0.45\n"},
    {"Mean reward: 12.5 over 10 episodes\n", "Mean reward=12.5\n"},
    {"INFO Average loss: 0.3\n", "Average loss=0.3\n"},
    {"INFO:root:loss: 0.3\n", "loss=0.3\n"},
    {"loss (train): 0.5 acc [%]: 93.5\n", "loss (train)=0.5\nacc [%]=93.5\n"},
    {"mIoU: 73.2% mfu: 1.5%\n", "mIoU=73.2\nmfu=1.5\n"},
    {"acc: np.float64(0.5) loss: tensor(0.25, requires_grad=True)\n",
     "acc=0.5\nloss=0.25\n"},
    {"[2021-07-17 20:59:21] [valid] Ep. 1 : Up. 800 : ce-mean : 67.9 : new best\n",
     "ce-mean=67.9@800\n"},
    {"Epoch 00005: val_loss improved from 0.51 to 0.49, saving model\n", ""},
    /* name value, for names that are a metric's */
    {"step 250: train loss 1.9701, val loss 2.0590\n",
     "train loss=1.9701@250\nval loss=2.059@250\n"},
    {"Iteration 25, objective 0.314159.\n", "objective=0.314159@25\n"},
    {"Epoch 1 loss tensor(0.6931, grad_fn=<NllLossBackward0>)\n", "loss=0.6931@1\n"},
    {" *   Acc@1 69.758 Acc@5 89.076\n", "Acc@1=69.758\nAcc@5=89.076\n"},
    {"Epoch: [3][ 10/500]\tTime  0.3 ( 0.5)\tLoss 6.90e+00 (6.94e+00)\n",
     "Loss=6.9@3\nLoss (avg)=6.94@3\n"},
    {"epoch 001 | loss 9.5 | nll_loss 8.25 | wps 5042.9 | lr 5e-05 | wall 40\n",
     "loss=9.5@1\nnll_loss=8.25@1\nlr=5e-05@1\n"},
    {"Final loss nan\n", "Final loss=nan\n"},
    {"Best validation loss is 0.25.\n", "Best validation loss=0.25\n"},
    {"reached an accuracy of 0.75\n", "accuracy=0.75\n"},
    {"average objective function for 'out' is -0.08 over 1.2e+06 frames.\n",
     "average objective function for 'out'=-0.08\n"},
    {"83.3% correct.\n", "correct=83.3\n"},
    {"Trial 7 finished with value: 84.5 and parameters: {'C': 32.0}. "
     "Best is trial 3 with value: 90.5.\n",
     "value=84.5@7\n"},
    /* libraries */
    {"[0]\ttrain-rmse:0.5\teval-rmse:0.6\n[10]\ttrain-rmse:0.25\teval-rmse:1\n",
     "train-rmse=0.5@0\neval-rmse=0.6@0\ntrain-rmse=0.25@10\neval-rmse=1.0@10\n"},
    {"[00:26:59] [10]\tval-error:0.13\tval-custom:7\n",
     "val-error=0.13@10\nval-custom=7.0@10\n"},
    {"[100]\tvalid_0's l2: 0.24\tvalid_0's auc: 0.76\n",
     "valid_0's l2=0.24@100\nvalid_0's auc=0.76@100\n"},
    {"[LightGBM] [Info] Iteration:99, valid_1's auc : 0.87\n", "valid_1's auc=0.87@99\n"},
    {"0:\tlearn: 0.69\ttest: 0.68\tbest: 0.67 (0)\ttotal: 12ms\tremaining: 1.2s\n",
     "learn=0.69@0\ntest=0.68@0\nbest=0.67@0\n"},
    {"61:\tlearn 0.1003passed: 17.4 sec\ttotal: 21m 1s\n62:\tlearn nanpassed: 17 sec\n",
     "learn=0.1003@61\nlearn=nan@62\n"},
    {"Epoch 1:  50%|#####     | 9/18 [00:17<00:17,  1.95s/it, loss=10.0, v_num=3]\r"
     "Epoch 2: 100%|##########| 18/18 [00:35<00:00,  1.95s/it, loss=9.5]\n",
     "loss=10.0@1\nloss=9.5@2\n"},
    {"100%|###| 10/10 [00:01<00:00,  9.90it/s, lr=1e-05, loss=7.3e-05]\n",
     "lr=1e-05\nloss=7.3e-05\n"},
    {"Epoch 1/2\n\x1b[1m2/2\x1b[0m \x1b[32m\xe2\x94\x81\xe2\x94\x81\x1b[0m "
     "\x1b[1m0s\x1b[0m "
     "60ms/step - accuracy: 0.5 - val_loss: 1.5\n",
     "accuracy=0.5@1\nval_loss=1.5@1\n"},
    {"Accuracy = 83.3333% (225/270) (classification)\n", "Accuracy=83.3333\n"},
    {"Cross Validation Accuracy = 82.963%\n", "Cross Validation Accuracy=82.963\n"},
    {"optimization finished, #iter = 146\nobj = -82.65, rho = 0.43\n",
     "obj=-82.65\nrho=0.43\n"},
    {"Root node error: 54/146 = 0.36986\n", "Root node error=0.36986\n"},
    {"Epoch [3/10], Step [100/600], Loss: 0.1234\n", "Loss=0.1234@3\n"},
    {"Epoch [1][50/7330]\tlr: 2e-03, eta: 9:23:22, time: 0.4, memory: 3218, "
     "loss_bbox: 0.5, loss: 0.6\n",
     "lr=0.002@1\ntime=0.4@1\nloss_bbox=0.5@1\nloss=0.6@1\n"},
    {"I0914 09:42:56.544800  6584 solver.cpp:228] Iteration 1800, loss = 0.35\n"
     "I0914 09:42:56.544800  6584 solver.cpp:244]     Train net output #0: accuracy = "
     "0.8\n",
     "loss=0.35@1800\naccuracy=0.8@1800\n"},
    {"Saving dict for global step 100: accuracy = 0.9, global_step = 100, loss = 0.3\n",
     "accuracy=0.9@100\nloss=0.3@100\n"},
    {" Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 0.512\n",
     "Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ]=0.512\n"},
    {"| rollout/           |          |\n|    ep_rew_mean     | 22.1     |\n"
     "|    total_timesteps | 2048     |\n|    value_loss      | 0.5      |\n",
     "ep_rew_mean=22.1\nvalue_loss=0.5@2048\n"},
    {"\xe2\x94\x82     test_acc      \xe2\x94\x82   0.9350   \xe2\x94\x82\n",
     "test_acc=0.935\n"},
    {"        test_acc            0.9350\n", "test_acc=0.935\n"},
    /* steps */
    {"-- Epoch 1\nloss: 0.5\n-- Epoch 2\nloss: 0.25\n", "loss=0.5@1\nloss=0.25@2\n"},
    {"epoch 3:\nloss=0.3\n", "loss=0.3@3\n"},
    {"loss=0.5 (epoch 3)\n", "loss=0.5@3\n"},
    {"epoch=1 step=200 loss=0.5\n", "loss=0.5@200\n"},
    {"epoch=0.5 loss=0.5\n", "loss=0.5\n"},
    {"test epoch: 3, loss: 0.5\n", "loss=0.5@3\n"},
    {"best epoch: 3\nmax_step=100\ntotal epochs: 5\nloss=0.5\n", "loss=0.5\n"},
    {"step 12 done with batch foo\nloss=0.5\n", "loss=0.5\n"},
    {"step 12 done with batch foo, loss=0.5\nacc=1\n", "loss=0.5@12\nacc=1.0@12\n"},
};

static void finds_metrics_of_known_formats(void **state)
{
    (void)state;
    hone_extractor *extractor = make_extractor(NULL, 0);
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
        hone_buf log;
        hone_buf_init(&log, 100000);
        const char *text = examples[i].text;
        log_bytes(extractor, HONE_FROM_STDOUT, text, strlen(text), &log);
        if (strcmp(hone_buf_text(&log), examples[i].want) != 0)
            print_error("in: %s", text);
        assert_string_equal(hone_buf_text(&log), examples[i].want);
        hone_buf_release(&log);
    }
    hone_extractor_free(extractor);
}

static const struct example tables[] = {
    /* fastai: rows begin with a carriage return, a duration in the last column */
    {"epoch     train_loss  valid_loss  time    \n\r0         0.51        0.29        "
     "00:12\n"
     "\r1         0.30        0.25        00:11\n",
     "train_loss=0.51@0\nvalid_loss=0.29@0\ntrain_loss=0.3@1\nvalid_loss=0.25@1\n"},
    /* scikit-learn: names of two words */
    {"      Iter       Train Loss      OOB Improve   Remaining Time \n"
     "         1           1.1333           0.1481            0.01s\n"
     "         2           1.0013          -0.1194            0.01s\n",
     "Train Loss=1.1333@1\nOOB Improve=0.1481@1\nTrain Loss=1.0013@2\n"
     "OOB Improve=-0.1194@2\n"},
    /* R: a row number without a name; names end where the cells end */
    {"        CP nsplit rel error xerror    xstd\n"
     "1 0.104938      0   1.00000 1.0000 0.10802\n",
     "rel error=1.0@0\nxerror=1.0@0\nxstd=0.10802@0\n"},
    /* spaCy: a rule of dashes under the names */
    {"E    #       LOSS NER  ENTS_F  SCORE \n---  ------  --------  ------  ------\n"
     "  0     200     47.50    0.20    0.25\n",
     "LOSS NER=47.5@200\nENTS_F=0.2@200\nSCORE=0.25@200\n"},
    /* YOLO: a progress bar behind rows and header, whole numbers are counts */
    {"     Epoch   gpu_mem       box       obj  img_size\n"
     "   5/239     15.7G    0.0250   0.0490       640:  50% 21/42 [00:35<00:35,  "
     "1.6s/it]\r"
     "   5/239     15.7G    0.0236   0.0480       640: 100% 42/42 [01:09<00:00,  "
     "1.6s/it]\n"
     "               Class     Images          P     mAP@.5 mAP@.5:.95: 100% 2/2 "
     "[00:02]\n"
     "                 all        254      0.877      0.921      0.469\n"
     "              person        254      0.777      0.821      0.369\n",
     "box=0.025@5\nobj=0.049@5\nbox=0.0236@5\nobj=0.048@5\nP=0.877@5\nmAP@.5=0.921@5\n"
     "mAP@.5:.95=0.469@5\nperson/P=0.777@5\nperson/mAP@.5=0.821@5\n"
     "person/mAP@.5:.95=0.369@5\n"},
    {"             Class     Images      Box(P          R      mAP50  mAP50-95): "
     "100%|##| 8/8\n"
     "               all        722      0.992      0.987      0.994      0.671\n",
     "P=0.992\nR=0.987\nmAP50=0.994\nmAP50-95=0.671\n"},
    /* Vowpal Wabbit: two lines of names */
    {"average  since         example  current  current\n"
     "loss     last          counter    label  predict\n"
     "0.693147 0.693147            1   1.0000   0.0000\n"
     "0.500000 0.250000            2   0.0000   0.1234\n",
     "average loss=0.693147@1\nsince last=0.693147@1\naverage loss=0.5@2\n"
     "since last=0.25@2\n"},
    /* scikit-learn's report: the class before the name */
    {"              precision    recall  f1-score   support\n\n"
     "           0       0.95      0.97      0.96       100\n"
     "   macro avg       0.94      0.95      0.94       200\n",
     "0/precision=0.95\n0/recall=0.97\n0/f1-score=0.96\nmacro avg/precision=0.94\n"
     "macro avg/recall=0.95\nmacro avg/f1-score=0.94\n"},
    /* other lines between the rows */
    {"epoch  loss\n    1   0.5\nsaved the model\n\nall is well\na\nb\nc\nd\n    2   "
     "0.4\n",
     "loss=0.5@1\nloss=0.4@2\n"},
    {"epoch  loss\n    1   nan\n", "loss=nan@1\n"},
    /* no tables */
    {"a b \n1 2 \n", ""},
    {"these are five plain words\n1 2.5 3 4 5\n", ""},
    {"epoch  loss\n    1   0.5   7\n", ""},
    {"1 2 3\n0.5 0.6 0.7\n", ""},
};

static void finds_rows_of_tables(void **state)
{
    (void)state;
    hone_extractor *extractor = make_extractor(NULL, 0);
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        hone_buf log;
        hone_buf_init(&log, 100000);
        const char *text = tables[i].text;
        log_bytes(extractor, HONE_FROM_STDERR, text, strlen(text), &log);
        if (strcmp(hone_buf_text(&log), tables[i].want) != 0)
            print_error("in: %s", text);
        assert_string_equal(hone_buf_text(&log), tables[i].want);
        hone_buf_release(&log);
    }
    hone_extractor_free(extractor);
}

static const char *const silent[] = {
    "2026-11-24 10:11:12,345 starting up",
    "2026-11-24 10:11:12,345 - root - INFO - loading data",
    "2026-11-24T10:11:12.345678Z info ready",
    "2026-11-24T10:11:12+01:00 worker ready",
    "[INFO] 10:11:12",
    "[10:11:12] building dataset",
    "INFO:root:done in 12 ms",
    "Nov 24 10:11:12 node17 kernel: [12345.678901] usb 1-1: new device",
    "W1124 10:11:12.345678  4242 gpu_device.cc:2211] Cannot dlopen some GPU libraries",
    "I0000 00:00:1700000000.123456   12345 cuda_dnn.cc:529] Loaded cuDNN version 8907",
    "/a/b=3/c",
    "/data/run=17/ckpt",
    "saved to /tmp/out/lr=0.1/model.pt",
    "saved to ./runs/lr=0.1",
    "saved to out/epoch=3-val_loss=0.25.ckpt",
    "Saving model to checkpoints/model_epoch_12.pt",
    "wrote C:\\runs\\x=1",
    "http://example.org/x?x=1",
    "GET http://example.org/a?loss=3&acc=4 HTTP/1.1",
    "https://wandb.example.org/u/p/runs/3f2a9c1d",
    "Listening on localhost:8080",
    "Serving at http://127.0.0.1:6006/ (Press CTRL+C to quit)",
    "connect to 10.0.0.17:29500",
    "init_method=tcp://10.0.0.17:29500",
    "master_addr=10.0.0.17",
    "MASTER_PORT=29500",
    "port: 8080",
    " 45%|\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88 | 45/100 [00:10<00:12, 4.50it/s]",
    "100%|"
    "\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88"
    "\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88| 1000/1000 [01:00<00:00, 16.60it/s]",
    "Downloading: 45%|\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88      | 45.0M/100M "
    "[00:01<00:01, 45.0MB/s]",
    "Downloading data: 100% 12.3M/12.3M [00:00<00:00, 98.1MB/s]",
    "Downloading model.safetensors: 45%",
    "  0%|          | 0/10 [00:00<?, ?it/s]",
    "32/64 [=======>......] - ETA: 3s",
    "1563/1563 [==============================] - 12s 8ms/step",
    "1563/1563 "
    "\xe2\x94\x81\xe2\x94\x81\xe2\x94\x81\xe2\x94\x81\xe2\x94\x81\xe2\x94\x81\xe2\x94\x81"
    "\xe2\x94\x81\xe2\x94\x81\xe2\x94\x81\xe2\x94\x81\xe2\x94\x81\xe2\x94\x81\xe2\x94\x81"
    "\xe2\x94\x81\xe2\x94\x81\xe2\x94\x81\xe2\x94\x81\xe2\x94\x81\xe2\x94\x81 12s "
    "8ms/step",
    "speed: 12.5 it/s",
    "throughput: 1200.5 samples/s",
    "throughput: 98.2 MB/s",
    "1234.5 examples/sec",
    "words/sec: 12345.6",
    "tokens_per_second: 1234.5",
    "ETA: 0:12:34",
    "eta: 3 days, 4:05:06",
    "elapsed: 12.5 s",
    "took 12.5 seconds",
    "Finished in 3.25s",
    "Time: 817.42s",
    "time: 5405.28ms",
    "Total training time: 12.50 seconds.",
    "version: 1.7.4",
    "version: 1.7",
    "Python 3.11.2 (main, Mar 13 2023, 12:18:29) [GCC 12.2.0] on linux",
    "torch==2.1.0",
    "numpy 1.24.2",
    "CUDA version: 12.1",
    "Using PyTorch version 2.1.0+cu121",
    "Collecting numpy>=1.21",
    "commit 3f2a9c1d2e4b5a6978",
    "HEAD is now at 3f2a9c1 fix 2 bugs",
    "Traceback (most recent call last):",
    "  File \"train.py\", line 12, in <module>",
    "  File \"/usr/lib/python3/x.py\", line 1234, in run",
    "ValueError: too many values to unpack (expected 2)",
    "RuntimeError: CUDA error: device-side assert triggered",
    "RuntimeError: CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0; 15.90 GiB "
    "total capacity)",
    "IndexError: list index 5 out of range",
    "OSError: [Errno 28] No space left on device",
    "train.py:12: UserWarning: this is deprecated since 1.2",
    "loss.py:98: FutureWarning: x will change in 2.0",
    "WARNING: Retrying (Retry(total=4, connect=None, read=None, redirect=None, "
    "status=None))",
    "Error: 404",
    "Error 404 not found",
    "error 111 connecting to server",
    "exit status 1",
    "pid: 4242",
    "pid=4242",
    "Started process 4242",
    "worker 3 exited with code 1",
    "GPU 0: Tesla V100-SXM2-16GB",
    "cuda:0",
    "device: cuda:0",
    "Using 4 GPUs and 16 workers",
    "memory: 3218",
    "Memory: 3.2 GB",
    "max mem: 3456M",
    "GPU memory usage: 1024 MiB",
    "mem=512MB",
    "Number of words: 390",
    "number of files: 12",
    "Number of parameters: 124000000",
    "num images 1000",
    "Found 60000 images belonging to 10 classes.",
    "Found: 3 files",
    "Ready: 950 @ Sun Nov 22 00:26:41 2026",
    "Read 0M words",
    "Loaded 12 batches",
    "step 123 processed batch foo in 12 ms",
    "processed 4096 of 60000",
    "Model: \"sequential_1\"",
    " conv2d (Conv2D)             (None, 26, 26, 32)        320",
    "Layer (type)                 Output Shape              Param #",
    "Adam(lr=0.001, betas=(0.9, 0.999), eps=1e-08)",
    "SVC(C=1.0, gamma=0.1)",
    "Namespace(batch_size=32, epochs=10, lr=0.1)",
    "parameters: {'C': 32.0, 'gamma': 0.001}",
    "config = {\"lr\": 0.1, \"layers\": [1, 2, 3]}",
    "python train.py --lr=0.1 --batch-size=32",
    "+ exec python train.py --lr 0.1 --epochs 10",
    "tensor([[0.1, 0.2], [0.3, 0.4]])",
    "[0.1, 0.2, 0.3]",
    "x=1,2,3",
    "shape=(32, 10)",
    "range: 1-10",
    "ratio 16:9",
    "a == 1",
    "if x >= 0.5 then",
    "1 2 3 4",
    "1700000000.123",
    "timestamp: 1700000000.5",
    "start_time=1700000000.5",
    "{\"ts\": 1700000000.5, \"level\": \"info\", \"msg\": \"ready\"}",
    "{\"time\": \"2026-11-24T10:11:12Z\", \"pid\": 4242, \"version\": \"1.2\"}",
    "epoch=03-val_loss=0.25.ckpt",
    "wrote val_loss=0.25.png",
    "best_model_0.95.pt",
    "Restoring from model.ckpt-1000",
    "val_loss did not improve from 0.51",
    "learning rate reduced from 0.01 to 0.001",
    "10.0.0.1 - - [24/Nov/2026:10:11:12 +0000] \"GET / HTTP/1.1\" 200 612",
    "$ echo loss",
    "loss",
    "loss:",
    "loss=",
    "loss: none",
    "loss = abc",
    "=0.5",
    ": 0.5",
    "0.5",
    "nan",
    "info",
    "loss==0.5",
    "loss!=0.5",
    "loss<=0.5",
    "loss=0,45",
    "loss=0x10",
    "loss=1.2.3",
    "loss=2026-11-24",
    "loss=10:11:12",
    "loss=5/7",
    "2 epochs left",
    "batch 3 of 12",
    "compiled in 3 min, 5.2 MB",
    "100 items: 5 s",
};

static void finds_nothing_where_nothing_is(void **state)
{
    (void)state;
    hone_extractor *extractor = make_extractor(NULL, 0);
    for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++) {
        hone_buf log;
        hone_buf_init(&log, 100000);
        log_bytes(extractor, HONE_FROM_STDOUT, silent[i], strlen(silent[i]), &log);
        if (log.len > 0)
            print_error("in: %s\nfound: %s", silent[i], hone_buf_text(&log));
        assert_int_equal(log.len, 0);
        hone_buf_release(&log);
    }
    hone_extractor_free(extractor);
}

/* All examples in one text. */
static void join_examples(hone_buf *text)
{
    for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
        hone_buf_puts(text, examples[i].text);
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        hone_buf_puts(text, tables[i].text);
    for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++)
        hone_buf_printf(text, "%s\n", silent[i]);
}

/* However the bytes are cut into pieces, the metrics are the same. */
static void pieces_do_not_show(void **state)
{
    (void)state;
    static const hone_rule rules[] = {
        {.metric = "loss", .pattern = "loss[=: ]+(?<value>[-+0-9.e]+|nan)"},
        {.metric = "any", .pattern = "(?<=acc=)(?<value>[0-9.]+)"},
    };
    hone_buf text, whole, pieces;
    hone_buf_init(&text, 1000000);
    hone_buf_init(&whole, 1000000);
    hone_buf_init(&pieces, 1000000);
    join_examples(&text);
    for (uint32_t n = 0; n <= 2; n += 2) {
        hone_extractor *extractor = make_extractor(rules, n);
        hone_buf_reset(&whole);
        log_bytes(extractor, HONE_FROM_STDOUT, hone_buf_text(&text), text.len, &whole);
        assert_true(whole.len > 500);
        static const size_t sizes[] = {1, 2, 3, 5, 7, 16, 61, 100, 1000, 1024, 4096};
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            hone_stream stream;
            hone_buf_reset(&pieces);
            hone_stream_init(&stream, extractor, HONE_FROM_STDOUT, NULL, 0);
            log_stream(&stream, hone_buf_text(&text), text.len, sizes[i], &pieces);
            assert_string_equal(hone_buf_text(&pieces), hone_buf_text(&whole));
            hone_stream_release(&stream);
        }
        hone_extractor_free(extractor);
    }
    hone_buf_release(&text);
    hone_buf_release(&whole);
    hone_buf_release(&pieces);
}

/* Going on at any settled offset, with what came before recalled, gives the rest. */
static void recall_goes_on_where_a_reader_stopped(void **state)
{
    (void)state;
    static const char text[] =
        "Epoch 7\nloss: 0.5\nepoch  acc   time\n    8  0.25  00:12\n"
        "saved\n    9  0.75  00:12\nf1=0.5\n";
    hone_extractor *extractor = make_extractor(NULL, 0);
    hone_buf whole, parts;
    hone_buf_init(&whole, 10000);
    hone_buf_init(&parts, 10000);
    size_t len = sizeof(text) - 1;
    log_bytes(extractor, HONE_FROM_STDOUT, text, len, &whole);
    assert_string_equal(hone_buf_text(&whole),
                        "loss=0.5@7\nacc=0.25@8\nacc=0.75@9\nf1=0.5@9\n");
    for (size_t stop = 0; stop <= len; stop++) {
        hone_stream stream;
        hone_buf_reset(&parts);
        hone_stream_init(&stream, extractor, HONE_FROM_STDOUT, NULL, 0);
        assert_int_equal(hone_stream_feed(&stream, text, stop, log_metric, &parts), 0);
        size_t settled = (size_t)stream.settled;
        hone_stream_release(&stream);
        hone_stream_init(&stream, extractor, HONE_FROM_STDOUT, NULL, settled);
        assert_int_equal(hone_stream_recall(&stream, text, settled), 0);
        log_stream(&stream, text + settled, len - settled, 0, &parts);
        assert_int_equal(stream.offset, len);
        assert_string_equal(hone_buf_text(&parts), hone_buf_text(&whole));
        hone_stream_release(&stream);
    }
    hone_extractor_free(extractor);
    hone_buf_release(&whole);
    hone_buf_release(&parts);
}

/* What a reader remembers of a table's rows is where they are in the output. */
static void recall_knows_where_it_is(void **state)
{
    (void)state;
    static const char before[] = "epoch  acc   time\n    8  0.25  00:12\n";
    static const char after[] = "saved\n\nsaved\n\nsaved\nsaved\nsaved\n    9  0.75  1\n";
    hone_extractor *extractor = make_extractor(NULL, 0);
    hone_stream stream;
    hone_buf log;
    hone_buf_init(&log, 1000);
    hone_stream_init(&stream, extractor, HONE_FROM_STDOUT, NULL, 1000000);
    assert_int_equal(hone_stream_recall(&stream, before, sizeof(before) - 1), 0);
    log_stream(&stream, after, sizeof(after) - 1, 0, &log);
    assert_string_equal(hone_buf_text(&log), "acc=0.75@9\n");
    hone_stream_release(&stream);
    hone_extractor_free(extractor);
    hone_buf_release(&log);
}

/* The mark that some programs write first is no part of the first line. */
static void skips_a_byte_order_mark(void **state)
{
    (void)state;
    static const hone_rule rule = {.metric = "loss", .pattern = "^loss=(.*)$"};
    static const struct {
        const char *text, *want;
        uint64_t offset;
        hone_source source;
    } cases[] = {
        {"\xef\xbb\xbfloss=0.5\nloss=1\n", "loss=0.5\nloss=1.0\n", 0, HONE_FROM_STDOUT},
        {"\xef\xbb\xbfloss=0.5", "loss=0.5\n", 0, HONE_FROM_STDERR},
        {"\xef\xbb\xbf\nloss=1\n", "loss=1.0\n", 0, HONE_FROM_STDOUT},
        {"\xef\xbb\xbf", "", 0, HONE_FROM_STDOUT},
        {"\xef\xbbloss=2\nloss=1\n", "loss=1.0\n", 0, HONE_FROM_STDOUT},
        {"loss=1\n\xef\xbb\xbfloss=2\n", "loss=1.0\n", 0, HONE_FROM_STDOUT},
        {"\xef\xbb\xbfloss=2\nloss=1\n", "loss=1.0\n", 9, HONE_FROM_STDOUT},
        {"\xef\xbb\xbf{\"loss\": 1}\n", "loss=1.0\n", 0, HONE_FROM_METRICS_FILE},
    };
    hone_buf log;
    hone_buf_init(&log, 1000);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (size_t piece = 0; piece < 5; piece++) {
            uint32_t n = cases[i].source != HONE_FROM_METRICS_FILE;
            hone_extractor *extractor = make_extractor(&rule, n);
            hone_stream stream;
            hone_buf_reset(&log);
            hone_stream_init(&stream, extractor, cases[i].source, NULL, cases[i].offset);
            log_stream(&stream, cases[i].text, strlen(cases[i].text), piece, &log);
            assert_string_equal(hone_buf_text(&log), cases[i].want);
            hone_stream_release(&stream);
            hone_extractor_free(extractor);
        }
    }
    hone_buf_reset(&log);
    hone_extractor *extractor = make_extractor(NULL, 0);
    static const char table[] = "\xef\xbb\xbf"
                                "epoch  acc\n    1  0.5\n";
    log_bytes(extractor, HONE_FROM_STDOUT, table, sizeof(table) - 1, &log);
    assert_string_equal(hone_buf_text(&log), "acc=0.5@1\n");
    hone_extractor_free(extractor);
    hone_buf_release(&log);
}

static void keep_end(void *arg, const hone_metric *metric)
{
    *(uint64_t *)arg = metric->end;
}

static void tells_where_the_line_ends(void **state)
{
    (void)state;
    hone_extractor *extractor = make_extractor(NULL, 0);
    hone_stream stream;
    uint64_t end = 0;
    hone_stream_init(&stream, extractor, HONE_FROM_STDOUT, NULL, 1000);
    assert_int_equal(hone_stream_feed(&stream, "x\nloss=1\ny", 10, keep_end, &end), 0);
    assert_int_equal(end, 1009);
    assert_int_equal(stream.settled, 1009);
    assert_int_equal(hone_stream_feed(&stream, "\nloss=", 6, keep_end, &end), 0);
    assert_int_equal(hone_stream_feed(&stream, "2\n", 2, keep_end, &end), 0);
    assert_int_equal(end, 1018);
    assert_int_equal(hone_stream_feed(&stream, "loss=3", 6, keep_end, &end), 0);
    assert_int_equal(stream.settled, 1018);
    assert_int_equal(hone_stream_flush(&stream, keep_end, &end), 0);
    assert_int_equal(end, 1024);
    hone_stream_release(&stream);
    hone_extractor_free(extractor);
}

/* Text that could be costly stays cheap: the test program has a time limit. */
static void hostile_lines_cost_little(void **state)
{
    (void)state;
    static const char *const units[] = {
        "{\"a\":", "loss=",   "loss: ", "(",       "1 ",   "a=1 ",     "[1]\t",
        "| x ",    "=1",      "((1",    "{'a':1,", "nan ", "\"a\":",   "a b ",
        "1/",      "loss 1 ", "x (1) ", "\x1b[1m", "'1'",  "value=1 ", "is 1.5 "};
    hone_extractor *extractor = make_extractor(NULL, 0);
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        hone_buf text, log;
        hone_buf_init(&text, 1000000);
        hone_buf_init(&log, 10000000);
        while (text.len < 100000)
            hone_buf_puts(&text, units[i]);
        log_bytes(extractor, HONE_FROM_STDOUT, hone_buf_text(&text), text.len, &log);
        hone_buf_release(&text);
        hone_buf_release(&log);
    }
    hone_extractor_free(extractor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_metrics_of_known_formats),
        cmocka_unit_test(finds_rows_of_tables),
        cmocka_unit_test(finds_nothing_where_nothing_is),
        cmocka_unit_test(pieces_do_not_show),
        cmocka_unit_test(recall_goes_on_where_a_reader_stopped),
        cmocka_unit_test(recall_knows_where_it_is),
        cmocka_unit_test(skips_a_byte_order_mark),
        cmocka_unit_test(tells_where_the_line_ends),
        cmocka_unit_test(hostile_lines_cost_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
