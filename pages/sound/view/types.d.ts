// What the audio thread has and pages have not.

declare global {
  class AudioWorkletProcessor {
    readonly port: MessagePort;
    process(inputs: Float32Array[][], outputs: Float32Array[][], parameters: Record<string, Float32Array>): boolean;
  }
  function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;
}

export {};
