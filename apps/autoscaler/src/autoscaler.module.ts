import { Inject, Module, type DynamicModule, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { HttpApplication } from '@slipway/service';
import { AutoscalerService, type AutoscalerOptions } from './autoscaler.service.js';

const OPTIONS = Symbol('autoscaler options');

/** The autoscaler.service as a Nest service. */
@Module({})
export class AutoscalerModule implements OnModuleInit, OnModuleDestroy {
  #service: AutoscalerService | null = null;

  constructor(
    @Inject(OPTIONS) private readonly options: AutoscalerOptions,
    @Inject(HttpAdapterHost) private readonly adapter: HttpAdapterHost,
  ) {}

  static with(options: AutoscalerOptions): DynamicModule {
    return { module: AutoscalerModule, providers: [{ provide: OPTIONS, useValue: options }] };
  }

  /** Running, once the application has been initialised. */
  get service(): AutoscalerService {
    if (this.#service === null) throw new Error('the autoscaler.service has not been started');
    return this.#service;
  }

  async onModuleInit(): Promise<void> {
    const http = this.adapter.httpAdapter.getInstance<HttpApplication>();
    this.#service = await AutoscalerService.start(this.options, http);
  }

  async onModuleDestroy(): Promise<void> {
    await this.#service?.close();
  }
}
