import { Inject, Module, type DynamicModule, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { HttpApplication } from '@slipway/service';
import { MetricsService, type MetricsOptions } from './metrics.service.js';

const OPTIONS = Symbol('metrics options');

/** The metrics service as a Nest service. */
@Module({})
export class MetricsModule implements OnModuleInit, OnModuleDestroy {
  #service: MetricsService | null = null;

  constructor(
    @Inject(OPTIONS) private readonly options: MetricsOptions,
    @Inject(HttpAdapterHost) private readonly adapter: HttpAdapterHost,
  ) {}

  static with(options: MetricsOptions): DynamicModule {
    return { module: MetricsModule, providers: [{ provide: OPTIONS, useValue: options }] };
  }

  /** Running, once the application has been initialised. */
  get service(): MetricsService {
    if (this.#service === null) throw new Error('the metrics service has not been started');
    return this.#service;
  }

  async onModuleInit(): Promise<void> {
    const http = this.adapter.httpAdapter.getInstance<HttpApplication>();
    this.#service = await MetricsService.start(this.options, http);
  }

  async onModuleDestroy(): Promise<void> {
    await this.#service?.close();
  }
}
